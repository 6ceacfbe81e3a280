import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../errors.js'
import type { DocumentGate, Verdict } from '../graphql/limits/document-gate.js'
import type { Operation } from '../graphql/limits/measure.js'
import { type PersistedDocuments, persistedDocument } from '../graphql/persisted-documents.js'
import type { RateLimits } from '../redis/rate-limits.js'

export type GraphQLGate = {
  documents: DocumentGate
  /** The only documents that are answered; null where any is. */
  persisted: PersistedDocuments | null
  /** Null: nothing is counted. */
  rateLimits: RateLimits | null
  memberOf(request: FastifyRequest): Promise<string | null>
}

type Asked = { query?: unknown; operationName?: unknown; extensions?: { persistedQuery?: { sha256Hash?: unknown } } }

/**
 * Stands before Apollo Server: what asks for too much, or is not on the list, gets no further. What is no GraphQL request
 * at all passes, since Apollo tells what is wrong with it.
 */
export function graphqlGate({ documents, persisted, rateLimits, memberOf }: GraphQLGate) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const asked = request.method === 'GET' ? askedInUrl(request) : (request.body as Asked | null)
    if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return
    if (persisted) {
      const document = persistedDocument(persisted, { query: asked.query, hash: asked.extensions?.persistedQuery?.sha256Hash })
      if (document === null) return refuse(reply, 'This document is not among those that are answered here.')
      put(request, asked, document)
    }
    const verdict = typeof asked.query === 'string' ? documents.check(asked.query) : noDocument
    if (rateLimits) {
      try {
        await rateLimits.operation({ memberId: await memberOf(request), ip: request.ip }, price(verdict, asked.operationName))
      } catch (error) {
        if (error instanceof ApiError) return refuseForNow(reply, error)
        throw error
      }
    }
    if ('refusal' in verdict) return refuse(reply, verdict.refusal)
  }
}

const noDocument: Verdict = { operations: new Map() }

/** A usual operation, such as a whole list, is one point; a larger one, or one with several mutations, is more. */
const costOfAPoint = 1_000

/** What an operation counts for. One that is refused counts too, and one of several that is not named, as the dearest. */
function price(verdict: Verdict, operationName: unknown): number {
  if ('refusal' in verdict) return 1
  const named = typeof operationName === 'string' ? verdict.operations.get(operationName) : undefined
  return Math.max(1, ...(named ? [named] : [...verdict.operations.values()]).map(pointsOf))
}

const pointsOf = ({ kind, cost, rootFields }: Operation) =>
  Math.max(Math.ceil(cost / costOfAPoint), kind === 'mutation' ? rootFields.length : 1)

function refuseForNow(reply: FastifyReply, { code, message, details }: ApiError) {
  void reply.header('retry-after', String(details.retryAfterSeconds))
  return reply.code(429).send({ errors: [{ message, extensions: { code, ...details } }] })
}

const refuse = (reply: FastifyReply, message: string) =>
  reply.code(400).send({ errors: [{ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })

/** Read as Apollo Server reads it: a parser that differs would be a way around the gate. */
function askedInUrl(request: FastifyRequest): Asked {
  const parameters = urlOf(request).searchParams
  const extensions = parameters.get('extensions')
  try {
    return {
      query: parameters.get('query') ?? undefined,
      operationName: parameters.get('operationName'),
      extensions: extensions ? JSON.parse(extensions) : undefined,
    }
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
