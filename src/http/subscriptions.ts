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
  /** Whether the session has ended since. */
  isRevoked(): boolean
}

/**
 * Responds to a subscription with a stream of its results. It ends when the access token or its session does, with
 * UNAUTHENTICATED, so that no stream outlives what it was opened with.
 *
 * Not by graphql-sse's handler: it knows one of the two formats, and what has to be done beside it (gates, drain, the end of a token)
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
  const expired = asGraphQLError(unauthenticated('The access token has expired, or its session has ended.'))
  await writeStream(
    reply.raw,
    format,
    mapped(results, (result) => formatResult(result, context)),
    {
      expiresAtMs,
      isRevoked,
      lastResult: formatResult({ data: null, errors: [expired] }, context),
    },
  )
}

/** Not a generator: its `return` would wait for the result that is under way. A source that fails is told as the last result. */
function mapped(
  results: AsyncIterableIterator<ExecutionResult>,
  map: (result: ExecutionResult) => unknown,
): AsyncIterableIterator<unknown> {
  let failed = false
  return {
    async next() {
      if (failed) return { done: true, value: undefined }
      try {
        const result = await results.next()
        return result.done ? result : { done: false, value: map(result.value) }
      } catch (error) {
        failed = true
        return { done: false, value: map({ data: null, errors: [asGraphQLError(error as Error)] }) }
      }
    },
    async return() {
      await results.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

const asGraphQLError = (originalError: Error) => new GraphQLError(originalError.message, { originalError })
