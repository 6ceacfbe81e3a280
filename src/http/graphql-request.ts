import type { FastifyRequest } from 'fastify'
import type { Variables } from '../graphql/limits/variables.js'

/** What of a request is known to be GraphQL's; a part that is of another kind is left for Apollo Server to reject. */
export type GraphQLRequest = {
  query: string | null
  operationName: string | null
  variables: Variables
  persistedHash: unknown
  /** True where every part is of its kind, and there are no extensions. */
  plain: boolean
  /** As Apollo Server takes it. */
  body: unknown
  search: string
}

type Parts = { query?: unknown; operationName?: unknown; variables?: unknown; extensions?: unknown }

/** Reads a POST's body or a GET's address, once. */
export function readGraphQLRequest(request: FastifyRequest): GraphQLRequest {
  const { body } = request
  const search = searchOf(request)
  const parts = request.method === 'GET' ? partsOfSearch(search) : isObject(body) ? (body as Parts) : {}
  const { query, operationName = null, variables = null, extensions = null } = parts
  return {
    query: typeof query === 'string' && query !== '' ? query : null,
    operationName: typeof operationName === 'string' ? operationName : null,
    variables: isObject(variables) ? variables : {},
    persistedHash: isObject(extensions) && isObject(extensions.persistedQuery) ? extensions.persistedQuery.sha256Hash : undefined,
    plain:
      (operationName === null || typeof operationName === 'string') && (variables === null || isObject(variables)) && extensions === null,
    body,
    search,
  }
}

/** The same request with its document in place of a hash: Apollo Server knows nothing of our list. */
export function withDocument(request: GraphQLRequest, document: string): GraphQLRequest {
  const { extensions: _, ...body } = isObject(request.body) ? request.body : {}
  const search = new URLSearchParams(request.search)
  search.set('query', document)
  search.delete('extensions')
  return { ...request, query: document, body: { ...body, query: document }, search: `?${search}` }
}

/** Read as Apollo Server reads it: a parser that differs would be a way around the limits. */
function partsOfSearch(search: string): Parts {
  const parameters = new URLSearchParams(search)
  return {
    query: parameters.get('query') ?? undefined,
    operationName: parameters.get('operationName'),
    variables: jsonOf(parameters.get('variables')),
    extensions: jsonOf(parameters.get('extensions')),
  }
}

function jsonOf(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function searchOf({ url }: FastifyRequest): string {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
