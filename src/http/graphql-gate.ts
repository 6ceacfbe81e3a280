import type { FastifyReply, FastifyRequest } from 'fastify'
import type { DocumentGate } from '../graphql/limits/document-gate.js'
import { type PersistedDocuments, persistedDocument } from '../graphql/persisted-documents.js'

export type GraphQLGate = {
  documents: DocumentGate
  /** The only documents that are answered; null where any is. */
  persisted: PersistedDocuments | null
}

type Asked = { query?: unknown; extensions?: { persistedQuery?: { sha256Hash?: unknown } } }

/**
 * Stands before Apollo Server: what asks for too much, or is not on the list, gets no further. What is no GraphQL request
 * at all passes, since Apollo tells what is wrong with it.
 */
export function graphqlGate({ documents, persisted }: GraphQLGate) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const asked = request.method === 'GET' ? askedInUrl(request) : (request.body as Asked | null)
    if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return
    if (persisted) {
      const document = persistedDocument(persisted, { query: asked.query, hash: asked.extensions?.persistedQuery?.sha256Hash })
      if (document === null) return refuse(reply, 'This document is not among those that are answered here.')
      put(request, asked, document)
    }
    if (typeof asked.query !== 'string') return
    const verdict = documents.check(asked.query)
    if ('refusal' in verdict) return refuse(reply, verdict.refusal)
  }
}

const refuse = (reply: FastifyReply, message: string) =>
  reply.code(400).send({ errors: [{ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })

/** Read as Apollo Server reads it: a parser that differs would be a way around the gate. */
function askedInUrl(request: FastifyRequest): Asked {
  const parameters = urlOf(request).searchParams
  const extensions = parameters.get('extensions')
  try {
    return { query: parameters.get('query') ?? undefined, extensions: extensions ? JSON.parse(extensions) : undefined }
  } catch {
    return {}
  }
}

const urlOf = (request: FastifyRequest) => new URL(request.url, 'http://localhost')

/** Apollo Server knows nothing of our list: it gets the document that the hash stands for. */
function put(request: FastifyRequest, asked: Asked, document: string) {
  asked.query = document
  delete asked.extensions
  if (request.method !== 'GET') return
  const url = urlOf(request)
  url.searchParams.set('query', document)
  url.searchParams.delete('extensions')
  request.raw.url = `${url.pathname}${url.search}`
}
