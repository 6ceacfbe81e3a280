import type { FastifyRequest } from 'fastify'
import type { Variables } from '../graphql/limits/variables.js'

/** The parts of a request; a part of a wrong type is left for Apollo Server to reject. */
export type GraphQLRequest = {
  query: string | null
  operationName: string | null
  variables: Variables
  /** Of a persisted document, in place of the query. */
  documentId: string | null
  /** The SHA-256 of the query, where it is known already. */
  digest?: string
  wellTyped: boolean
  /** True with the one extension that Apollo Server heeds; Apollo Client always sends others. */
  namesHash: boolean
  /** As Apollo Server takes it. */
  body: unknown
  search: string
}

type Parts = { query?: unknown; operationName?: unknown; variables?: unknown; extensions?: unknown; [id: string]: unknown }

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
    documentId: documentIdOf(parts),
    wellTyped: (operationName === null || typeof operationName === 'string') && isObjectOrNull(variables) && isObjectOrNull(extensions),
    namesHash: isObject(extensions) && 'persistedQuery' in extensions,
    body,
    search,
  }
}

/** GraphQL over HTTP's name for it, then Apollo's, then those of Relay's guides. */
function documentIdOf({ documentId, extensions, id, doc_id }: Parts): string | null {
  const hash = isObject(extensions) && isObject(extensions.persistedQuery) ? extensions.persistedQuery.sha256Hash : undefined
  return ([documentId, hash, id, doc_id].find((value) => typeof value === 'string' && value !== '') as string | undefined) ?? null
}

/** The same request with its document in place of an id, which Apollo Server does not know. */
export function withDocument(request: GraphQLRequest, { text, digest }: { text: string; digest: string }): GraphQLRequest {
  const { extensions: _, ...body } = isObject(request.body) ? request.body : {}
  return { ...request, query: text, digest, namesHash: false, body: { ...body, query: text }, search: searchWith(request.search, text) }
}

function searchWith(search: string, document: string): string {
  if (search === '') return search
  const parameters = new URLSearchParams(search)
  parameters.set('query', document)
  parameters.delete('extensions')
  return `?${parameters}`
}

/** Read as Apollo Server reads it: a parser that differs would be a way around the limits. */
function partsOfSearch(search: string): Parts {
  const parameters = new URLSearchParams(search)
  return {
    query: parameters.get('query') ?? undefined,
    documentId: parameters.get('documentId'),
    id: parameters.get('id'),
    doc_id: parameters.get('doc_id'),
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
const isObjectOrNull = (value: unknown) => value === null || isObject(value)
