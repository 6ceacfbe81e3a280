import { GraphQLError, type GraphQLSchema, Lexer, parse, Source, TokenKind } from 'graphql'
import { LRUCache } from 'lru-cache'
import { type Measures, measure, type Operation } from './measure.js'

/** The most that a document may ask for. */
export type DocumentLimits = {
  tokens: number
  depth: number
  aliases: number
  directives: number
  cost: number
}

export type Verdict = { refusal: string } | { operations: Map<string | undefined, Operation> }

/** Hundred names told twice are ten thousand comparisons for validation, about a millisecond. */
const repeats = 100

/**
 * Brackets in brackets, of any kind. The parser calls itself for each: with 1,990 of them it ran out of stack, though only
 * now and then, since a call takes less of it once it is optimised.
 */
const nesting = 100

/** Each may spread the next, and measuring and validation follow: 2,000 went well, 4,000 ran out of stack. */
const definitions = 1_000

/** Documents that were let through are remembered, up to so many characters in all. */
const rememberedCharacters = 4_000_000
const rememberedLength = 20_000

/**
 * Refuses documents that ask for too much, before they are validated: validation itself takes time that grows with the
 * square of a document (225 ms for 2,000 tokens were measured), so that rules of validation would come too late. What
 * is no GraphQL is let through, for Apollo to say what is wrong with it.
 */
export class DocumentGate {
  readonly #schema: GraphQLSchema
  readonly #limits: DocumentLimits
  readonly #passed = new LRUCache<string, Verdict>({
    max: 2_000,
    maxSize: rememberedCharacters,
    sizeCalculation: (_verdict, source) => source.length + 1,
  })

  constructor(schema: GraphQLSchema, limits: DocumentLimits) {
    this.#schema = schema
    this.#limits = limits
  }

  check(source: string): Verdict {
    const known = this.#passed.get(source)
    if (known) return known
    try {
      if (isNestedTooDeeply(source, this.#limits.tokens)) {
        return { refusal: `The document is nested too deeply: ${nesting} brackets in each other are allowed.` }
      }
      const document = parse(source, { maxTokens: this.#limits.tokens, noLocation: true })
      if (document.definitions.length > definitions) {
        return { refusal: `The document has too many operations and fragments: ${definitions} are allowed.` }
      }
      const measures = measure(document, this.#schema)
      const refusal = this.#refusal(measures)
      if (refusal) return { refusal }
      const verdict = { operations: measures.operations }
      if (source.length <= rememberedLength) this.#passed.set(source, verdict)
      return verdict
    } catch (error) {
      if (error instanceof GraphQLError) return { operations: new Map() }
      throw error
    }
  }

  #refusal(measures: Measures): string | null {
    // Validation lets them pass where the schema has none, and execution then fails as if it were our fault.
    if ([...measures.operations.values()].some(({ kind }) => !this.#schema.getRootType(kind))) return 'There are no subscriptions here.'
    for (const what of ['depth', 'aliases', 'directives'] as const) {
      if (measures[what] > this.#limits[what]) return `The document has too many ${names[what]}: ${this.#limits[what]} are allowed.`
    }
    if (measures.repeats > repeats) return `The document repeats too many fields: ${repeats} repetitions are allowed.`
    const cost = Math.max(0, ...[...measures.operations.values()].map((operation) => operation.cost))
    return cost > this.#limits.cost ? `The operation costs ${cost}: ${this.#limits.cost} is allowed.` : null
  }
}

/** Tells by the tokens alone, of those that the parser will look at. */
function isNestedTooDeeply(source: string, tokens: number): boolean {
  const lexer = new Lexer(new Source(source))
  let open = 0
  for (let count = 0; count <= tokens; count++) {
    const { kind } = lexer.advance()
    if (opening.has(kind)) open++
    if (closing.has(kind)) open--
    if (open > nesting) return true
    if (kind === TokenKind.EOF) break
  }
  return false
}

const opening = new Set<TokenKind>([TokenKind.PAREN_L, TokenKind.BRACKET_L, TokenKind.BRACE_L])
const closing = new Set<TokenKind>([TokenKind.PAREN_R, TokenKind.BRACKET_R, TokenKind.BRACE_R])

const names = { depth: 'levels', aliases: 'aliases', directives: 'directives' }
