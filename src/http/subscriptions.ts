import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ExecutionResult, GraphQLError } from 'graphql'
import { unauthenticated } from '../errors.js'
import type { Context } from '../graphql/context.js'
import type { CachedOperation } from '../graphql/document-cache.js'
import type { Executor } from '../graphql/executor.js'
import { formatResult } from '../graphql/format-error.js'
import type { Variables } from '../graphql/limits/variables.js'
import { errorBody } from './error-body.js'
import { streamFormat, writeStream } from './event-stream.js'

type Subscribing = {
  operation: CachedOperation
  context: Context
  variables: Variables
  expiresAtMs: number
  isRevoked(): boolean
}

/**
 * Responds with a stream of results. It ends with its access token or session, by UNAUTHENTICATED:
 * no stream outlives what it was opened with.
 *
 * Not by graphql-sse's handler: it knows one of the two formats, and gates, drain and a token's end
 * would be written around it twice.
 */
export async function respondWithStream(
  request: FastifyRequest,
  reply: FastifyReply,
  executor: Executor,
  { operation, context, variables, expiresAtMs, isRevoked }: Subscribing,
): Promise<void> {
  const format = streamFormat(request.headers.accept ?? '')
  if (!format) {
    const message = 'A subscription is answered as text/event-stream, or as multipart/mixed with subscriptionSpec=1.0: say so by Accept.'
    return reply.code(406).send(errorBody({ code: 'BAD_REQUEST', message }))
  }
  const results = await executor.subscribe(operation, context, variables)
  request.isStream = true
  reply.hijack()
  reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), 'content-type': format.contentType, connection: 'close' })
  const toResult = (result: ExecutionResult) => formatResult(result, context)
  const toFailure = (error: unknown) => {
    const originalError = error as Error
    return toResult({ data: null, errors: [new GraphQLError(originalError.message, { originalError })] })
  }
  const lastResult = toFailure(unauthenticated('The access token has expired, or its session has ended.'))
  await writeStream(reply.raw, format, results, { toResult, toFailure, expiresAtMs, lastResult, isRevoked })
}
