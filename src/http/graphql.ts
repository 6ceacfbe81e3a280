import { type ApolloServer, HeaderMap } from '@apollo/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import type { Caller } from '../auth/access-token.js'
import { ApiError } from '../errors.js'
import type { Context, Streams } from '../graphql/context.js'
import { CachedDocument, type DocumentCache, sha256 } from '../graphql/document-cache.js'
import type { Executor } from '../graphql/executor.js'
import type { FastPath } from '../graphql/fast-path.js'
import { pointsOf } from '../graphql/limits/points.js'
import { checkVariables } from '../graphql/limits/variables.js'
import type { PersistedDocuments } from '../graphql/persisted-documents.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics/metrics.js'
import type { RateLimits } from '../redis/rate-limits.js'
import { errorBody, type Problem } from './error-body.js'
import { type GraphQLRequest, readGraphQLRequest, withDocument } from './graphql-request.js'
import { respondWithStream } from './subscriptions.js'

export type GraphQLOptions = {
  schema: GraphQLSchema
  documents: DocumentCache
  apollo: ApolloServer<Context>
  /** Null: everything goes through Apollo Server. */
  fastPath: FastPath | null
  /** The only documents that are answered; null where any is. */
  persisted: PersistedDocuments | null
  /** Null: nothing is counted. */
  rateLimits: RateLimits | null
  streams: Streams
  executor: Executor
  callerOf(request: FastifyRequest): Promise<Caller | null>
  isRevoked(sessionId: string): boolean
  metrics: Metrics
  log: Log
}

/**
 * `/graphql`, by POST or GET. Each request is authenticated, read and looked up once. What asks for
 * too much is rejected, a valid operation runs at once if it can, all else goes to Apollo Server.
 */
export async function graphql(server: FastifyInstance, options: GraphQLOptions): Promise<void> {
  const { schema, documents, apollo, fastPath, persisted, rateLimits, streams, executor, callerOf, isRevoked, metrics, log } = options
  const help = 'Responses to GraphQL requests, by the path that they took: past Apollo Server, through it, or a stream.'
  const responses = metrics.counter('doorstep_graphql_responses_total', help, 'path')

  server.route({ url: '/graphql', method: ['GET', 'POST'], handler: respond })

  async function respond(request: FastifyRequest, reply: FastifyReply) {
    // Before any await: the socket of a client that is gone has no address.
    const { ip } = request
    const { memberId, sessionId, expiresAtMs } = (await callerOf(request)) ?? nobody
    const context: Context = { memberId, sessionId, ip, requestId: request.id, log, streams, outcome: {} }
    request.context = context
    const read = readGraphQLRequest(request)
    const graphqlRequest = persisted ? listed(persisted, read) : read
    if (graphqlRequest === null) return reject(request, reply, context, notListed)

    const { query, operationName, variables } = graphqlRequest
    const digest = graphqlRequest.digest ?? sha256(query ?? '')
    try {
      // To load a document takes longer than most operations: the first point is counted before.
      const counted = query === null || documents.getCached(digest) ? 0 : 1
      if (counted > 0) await rateLimits?.operation(context, counted)
      const found = query === null ? null : documents.getOrLoad(query, digest)
      const document = found instanceof CachedDocument ? found : null
      await rateLimits?.operation(context, pointsOf(document, operationName), counted)
      if (found !== null && 'rejection' in found) return reject(request, reply, context, notValid(found.rejection))
      const operation = document?.valid ? document.find(operationName) : undefined
      if (operation) {
        checkVariables(schema, operation.definition, variables)
        context.operation = operation
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return reject(request, reply, context, error)
    }

    const { operation } = context
    if (operation?.definition.operation === 'subscription') {
      responses.inc({ path: 'stream' })
      const hasEnded = () => sessionId !== null && isRevoked(sessionId)
      return respondWithStream(request, reply, executor, { operation, context, variables, expiresAtMs, isRevoked: hasEnded })
    }
    const accept = request.headers.accept ?? ''
    const isPlainPost = request.method === 'POST' && graphqlRequest.wellTyped && !graphqlRequest.namesHash
    const fast = isPlainPost ? await fastPath?.respond(accept, context, variables) : null
    if (fast) {
      responses.inc({ path: 'fast' })
      return reply.header('cache-control', 'no-store').header('content-type', fast.contentType).send(fast.body)
    }
    responses.inc({ path: 'apollo' })
    const body = await respondByApollo(request, reply, graphqlRequest, context)
    // What it rejects unseen, such as a GET that any page could send, reaches no hook.
    if (reply.statusCode >= 400 && context.outcome.code === undefined) executor.rejected(context, 'BAD_REQUEST')
    const contentType = reply.getHeader('content-type')
    if (isPlainPost && reply.statusCode === 200 && typeof contentType === 'string') fastPath?.learn(accept, contentType)
    return reply.send(body)
  }

  /** Before anything has run: a bad document, bad variables, or one request too many. */
  function reject(request: FastifyRequest, reply: FastifyReply, context: Context, problem: Problem) {
    executor.rejected(context, problem.code)
    if (problem.code === 'RATE_LIMITED') reply.code(429).header('retry-after', String(problem.details?.retryAfterSeconds))
    else reply.code(400)
    return reply.type(mediaTypeFor(request)).send(errorBody(problem))
  }

  /** Apollo Server's own interface for HTTP frameworks. */
  async function respondByApollo(
    { method, headers }: FastifyRequest,
    reply: FastifyReply,
    { body, search }: GraphQLRequest,
    context: Context,
  ) {
    const headerMap = new HeaderMap()
    for (const [name, value] of Object.entries(headers)) if (value) headerMap.set(name, Array.isArray(value) ? value.join(', ') : value)
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: headerMap, body, search },
      context: async () => context,
    })
    for (const [name, value] of response.headers) reply.header(name, name === 'vary' ? varyOf(reply, value) : value)
    reply.code(response.status ?? 200)
    if (response.body.kind !== 'complete') throw new Error('Nothing of this schema is answered in parts.')
    return response.body.string
  }
}

/** With what plugins have added already, such as Origin. */
const varyOf = (reply: FastifyReply, value: string) => [reply.getHeader('vary'), value].filter(Boolean).join(', ')

const nobody = { memberId: null, sessionId: null, expiresAtMs: Number.POSITIVE_INFINITY }

/** The request with the document that it means, where that is one of the list. */
function listed(persisted: PersistedDocuments, request: GraphQLRequest): GraphQLRequest | null {
  const document = persisted.find({ query: request.query, id: request.documentId })
  return document === null ? null : withDocument(request, document)
}

const notValid = (message: string): Problem => ({ code: 'GRAPHQL_VALIDATION_FAILED', message })
const notListed = notValid('This document is not among those that are answered here.')

/** As Apollo Server's: its clients read errors of other statuses than 200 in this type only. */
function mediaTypeFor({ headers: { accept = '' } }: FastifyRequest): string {
  const [preferred = 'application/json'] = /application\/(?:graphql-response\+)?json/.exec(accept) ?? []
  return `${preferred}; charset=utf-8`
}
