import { hash } from 'node:crypto'
import {
  type DocumentNode,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  specifiedRules,
  validate,
} from 'graphql'
import type { CompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import { isCompilable } from './compilable.js'
import { compiledBytes, documentBytes } from './compiled-size.js'
import { analyzeWithinLimits, type DocumentLimits, type Rejection } from './limits/document-limits.js'

export type CachedOperation = {
  document: DocumentNode
  definition: OperationDefinitionNode
  cost: number
  /** One for each response name. */
  rootFields: readonly string[]
  fieldNames: ReadonlySet<string>
  renamesEnums: boolean
  /** False where graphql-jit would respond otherwise than graphql-js. */
  compilable: boolean
  compiledBytes: number
  /** How often it was run so far; the executor counts. */
  runs: number
  /** Undefined until the executor has compiled it, null where it can't be. */
  compiled?: CompiledQuery | null
}

/** Bounds the cache, with all that its operations hold once they are compiled. */
const maxBytes = 64 * 2 ** 20
const maxEntryBytes = 8 * 2 ** 20

export const sha256 = (text: string): string => hash('sha256', text)

/** A document within the limits. */
export class CachedDocument {
  readonly operations: readonly CachedOperation[]
  /** Null where it is not valid: Apollo Server says why. */
  readonly valid: DocumentNode | null
  readonly bytes: number

  constructor(operations: readonly CachedOperation[], valid: DocumentNode | null, bytes: number) {
    this.operations = operations
    this.valid = valid
    this.bytes = bytes
  }

  /** As getOperationAST of graphql: without a name only where there is no other. */
  find(operationName: string | null): CachedOperation | undefined {
    if (operationName === null) return this.operations.length === 1 ? this.operations[0] : undefined
    return this.operations.find(({ definition }) => definition.name?.value === operationName)
  }
}

/**
 * Parses, analyzes and validates each document within the limits once. Its key is the SHA-256,
 * which Apollo Server and persisted documents use too. Bounded by bytes and not by count (ADR 4).
 */
export class DocumentCache {
  readonly #schema: GraphQLSchema
  readonly #limits: DocumentLimits
  readonly #rules
  readonly #documents = new LRUCache<string, CachedDocument>({
    maxSize: maxBytes,
    maxEntrySize: maxEntryBytes,
    sizeCalculation: ({ bytes }) => bytes,
  })

  hits = 0
  misses = 0

  constructor(schema: GraphQLSchema, { introspection, ...limits }: DocumentLimits & { introspection: boolean }) {
    this.#schema = schema
    this.#limits = limits
    this.#rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule]
  }

  get size(): number {
    return this.#documents.size
  }

  get bytes(): number {
    return this.#documents.calculatedSize
  }

  getCached(digest: string): CachedDocument | undefined {
    return this.#documents.get(digest)
  }

  /** Null for what is no GraphQL. A rejected one is analyzed, and counted in rate limits, anew. */
  getOrLoad(source: string, digest = sha256(source)): CachedDocument | Rejection | null {
    const cached = this.#documents.get(digest)
    if (cached) {
      this.hits++
      return cached
    }
    this.misses++
    const analyzed = analyzeWithinLimits(source, this.#schema, this.#limits)
    if (analyzed === null || 'rejection' in analyzed) return analyzed

    const { document } = analyzed
    const operations = [...analyzed.operations].map(
      ([definition, selection]): CachedOperation => ({
        document,
        definition,
        cost: selection.cost,
        rootFields: [...selection.responseNames.values()],
        fieldNames: selection.names,
        renamesEnums: selection.renamesEnums,
        compilable: isCompilable(definition, selection),
        compiledBytes: compiledBytes(definition, selection, this.#schema),
        runs: 0,
      }),
    )
    // The first error is enough: Apollo Server then finds and words all of them.
    const isValid = validate(this.#schema, document, this.#rules, { maxErrors: 1 }).length === 0
    const bytes = operations.reduce((sum, operation) => sum + operation.compiledBytes, documentBytes(source, document))
    const entry = new CachedDocument(operations, isValid ? document : null, bytes)
    this.#documents.set(digest, entry)
    return entry
  }
}
