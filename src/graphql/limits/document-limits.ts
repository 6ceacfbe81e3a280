import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Lexer,
  type OperationDefinitionNode,
  parse,
  Source,
  TokenKind,
  visit,
} from 'graphql'
import { analyzeDocument, type Selection } from './analyze-document.js'

export type DocumentLimits = {
  tokens: number
  depth: number
  aliases: number
  directives: number
  fragments: number
  cost: number
}

/** A document that was parsed and has its limits kept, or why it is rejected. */
export type AnalyzedDocument = { document: DocumentNode; operations: Map<OperationDefinitionNode, Selection> }
export type Rejection = { rejection: string }

/** A hundred repeats are up to ten thousand comparisons for validation, about a millisecond. */
const maxDuplicateFields = 100

/** Brackets in brackets, of any kind. The parser recurses: at 1,990 the stack sometimes ran out. */
const maxNesting = 100

/** Each may spread the next, and analysis recurses: 2,000 went well, 4,000 ran out of stack. */
const maxDefinitions = 1_000

/**
 * Parses a document, and rejects one that is too large before validation, whose time grows with the
 * square of its size (225 ms for 2,000 tokens): rules of validation would come too late. Null for
 * what is no GraphQL.
 */
export function analyzeWithinLimits(source: string, schema: GraphQLSchema, limits: DocumentLimits): AnalyzedDocument | Rejection | null {
  try {
    if (isNestedTooDeeply(source, limits.tokens)) {
      return { rejection: `The document is nested too deeply: ${maxNesting} brackets in each other are allowed.` }
    }
    const document = parse(source, { maxTokens: limits.tokens })
    if (document.definitions.length > maxDefinitions) {
      return { rejection: `The document has too many operations and fragments: ${maxDefinitions} are allowed.` }
    }
    if (countFragments(document) > limits.fragments) {
      return { rejection: `The document has too many fragments: ${limits.fragments} are allowed.` }
    }
    const operations = analyzeDocument(document, schema)
    const rejection = exceeded(operations, schema, limits)
    return rejection ? { rejection } : { document, operations }
  } catch (error) {
    if (error instanceof GraphQLError) return null
    throw error
  }
}

const labels = { depth: 'levels', aliases: 'aliases', directives: 'directives' }

function exceeded(operations: AnalyzedDocument['operations'], schema: GraphQLSchema, limits: DocumentLimits): string | null {
  // Validation passes them where the schema has none, and execution fails as if it were our fault.
  if ([...operations.keys()].some(({ operation }) => !schema.getRootType(operation))) return 'There are no subscriptions here.'
  // The specification forbids them there: with a variable, validation throws.
  if ([...operations].some(([{ operation }, { hasDirectives }]) => operation === 'subscription' && hasDirectives)) {
    return 'What is subscribed to has neither @skip nor @include.'
  }
  const selections = [...operations.values()]
  const total = (what: 'aliases' | 'directives' | 'duplicateFields') => selections.reduce((sum, selection) => sum + selection[what], 0)
  const most = (what: 'depth' | 'cost') => Math.max(0, ...selections.map((selection) => selection[what]))

  const counts = { depth: most('depth'), aliases: total('aliases'), directives: total('directives') }
  for (const what of ['depth', 'aliases', 'directives'] as const) {
    if (counts[what] > limits[what]) return `The document has too many ${labels[what]}: ${limits[what]} are allowed.`
  }
  if (total('duplicateFields') > maxDuplicateFields) {
    return `The document repeats too many fields: ${maxDuplicateFields} repetitions are allowed.`
  }
  const cost = most('cost')
  return cost > limits.cost ? `The operation costs ${cost}: ${limits.cost} is allowed.` : null
}

/** Defined or spread, used or not: validation compares each with each, 20 ms for 215 of them. */
function countFragments(document: DocumentNode): number {
  const names = new Set<string>()
  visit(document, {
    FragmentDefinition: ({ name }) => void names.add(name.value),
    FragmentSpread: ({ name }) => void names.add(name.value),
  })
  return names.size
}

/** Looks only at tokens, and at no more than the parser will. */
function isNestedTooDeeply(source: string, tokens: number): boolean {
  const lexer = new Lexer(new Source(source))
  let open = 0
  for (let count = 0; count <= tokens; count++) {
    const { kind } = lexer.advance()
    if (opening.has(kind)) open++
    if (closing.has(kind)) open--
    if (open > maxNesting) return true
    if (kind === TokenKind.EOF) break
  }
  return false
}

const opening = new Set<TokenKind>([TokenKind.PAREN_L, TokenKind.BRACKET_L, TokenKind.BRACE_L])
const closing = new Set<TokenKind>([TokenKind.PAREN_R, TokenKind.BRACKET_R, TokenKind.BRACE_R])
