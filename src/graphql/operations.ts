import { type DocumentNode, type ExecutionResult, execute, GraphQLError, type GraphQLSchema } from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import { serviceUnavailable } from '../errors.js'
import type { Context } from './context.js'
import { handThrough, type JsonFields } from './hand-through.js'

/** So many operations are kept ready to run, of documents of so many characters; what is used least is made ready again. */
const readyOperations = 500
const longestDocument = 20_000

/** Each of these is a statement of its own to PostgreSQL, which keeps them for as long as a connection lasts. */
const mostHandedThrough = 200

export type Operation = (context: Context, variables: Record<string, unknown>) => Promise<ExecutionResult>

type Request = { source: string; document: DocumentNode; operationName: string | undefined }

/**
 * Operations that are ready to run: validated by Apollo Server, then compiled by graphql-jit or, where PostgreSQL can make
 * the whole answer, prepared to hand that through. An operation that takes longer than the deadline is answered without
 * its result; it begins no further root field then (guard.ts), and what is under way ends by the time-outs of statements
 * and transactions.
 */
export class Operations {
  readonly #schema: GraphQLSchema
  readonly #executor: 'jit' | 'js'
  readonly #jsonFields: JsonFields
  readonly #timeoutMs: number
  readonly #ready = new LRUCache<string, Map<string | undefined, Operation>>({ max: readyOperations })
  #handedThrough = 0

  constructor(schema: GraphQLSchema, options: { executor: 'jit' | 'js'; jsonFields: JsonFields; timeoutMs: number }) {
    this.#schema = schema
    this.#executor = options.executor
    this.#jsonFields = options.jsonFields
    this.#timeoutMs = options.timeoutMs
  }

  /** One that has been validated before; undefined where it must be now. */
  known(source: string, operationName: string | undefined): Operation | undefined {
    return this.#ready.get(source)?.get(operationName)
  }

  /** The operation of a document that is valid. */
  prepare({ source, document, operationName }: Request): Operation {
    const known = this.known(source, operationName)
    if (known) return known
    const operation = this.#inTime(
      this.#executor === 'jit' ? this.#compile(document, operationName) : this.#interpret(document, operationName),
    )
    if (this.#executor === 'jit' && source.length <= longestDocument) {
      const operations = this.#ready.get(source) ?? new Map<string | undefined, Operation>()
      this.#ready.set(source, operations.set(operationName, operation))
    }
    return operation
  }

  /** By graphql-js: the reference, and the switch to throw should the other fail. */
  #interpret(document: DocumentNode, operationName: string | undefined): Operation {
    return async (contextValue, variableValues) => execute({ schema: this.#schema, document, operationName, contextValue, variableValues })
  }

  #compile(document: DocumentNode, operationName: string | undefined): Operation {
    const interpret = this.#interpret(document, operationName)
    const compiled = compileQuery(this.#schema, document, operationName)
    if (!isCompiledQuery(compiled)) return async () => compiled
    const short = this.#handedThrough < mostHandedThrough ? handThrough(this.#schema, document, operationName, this.#jsonFields) : null
    if (short) this.#handedThrough++
    return async (context, variables) => {
      const handed = await short?.(context, variables)
      if (handed) return handed as ExecutionResult
      const result = await compiled.query(undefined, context, variables)
      // Nothing ran, since the variables do not fit: graphql-js says so with their paths, and Apollo knows its wording.
      if (result.data === undefined) return interpret(context, variables)
      return result.errors ? { ...result, errors: result.errors.map(asGraphQLError) } : result
    }
  }

  #inTime(operation: Operation): Operation {
    return (context, variables) => {
      context.deadline = performance.now() + this.#timeoutMs
      return inTime(operation(context, variables), this.#timeoutMs)
    }
  }
}

async function inTime(result: Promise<ExecutionResult>, timeoutMs: number): Promise<ExecutionResult> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<ExecutionResult>((resolve) => {
    timer = setTimeout(() => resolve({ data: null, errors: [tooLate()] }), timeoutMs)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}

const tooLate = () => new GraphQLError('The operation took too long.', { originalError: serviceUnavailable() })

/** The errors of graphql-jit look like graphql's but have no `extensions`, on which Apollo relies. */
function asGraphQLError({ message, nodes, path, locations, originalError }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { nodes, path, originalError })
  return locations ? Object.assign(error, { locations }) : error
}
