import { createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Context } from '../graphql/context.js'
import type { Log } from '../log.js'
import { isProbe } from './probes.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a GraphQL request, once it is known. */
    context: Context | null
  }
}

type Options = {
  /** The part of requests that is logged, 0 to 1. One that failed by our fault always is. */
  sample: number
  /** Keys the hashes of member ids: the log alone does not tell whose they are. */
  hashKey: string
  log: Log
}

/** A line a request: what it was, how it ended and how long it took. */
export function logRequests(server: FastifyInstance, { sample, hashKey, log }: Options): void {
  const hashOf = (memberId: string) => createHmac('sha256', hashKey).update(`log ${memberId}`).digest('base64url').slice(0, 16)

  server.addHook('onResponse', (request, reply, done) => {
    const { context, span, routeOptions, isStream } = request
    const ours = reply.statusCode >= 500 || context?.outcome?.code === 'INTERNAL_SERVER_ERROR'
    if (!isProbe(routeOptions.url) && (ours || Math.random() < sample)) {
      log.info(
        {
          requestId: request.id,
          method: request.method,
          route: routeOptions.url ?? null,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime * 10) / 10,
          ...(isStream && { stream: true }),
          ...context?.outcome,
          ...(context?.memberId && { member: hashOf(context.memberId) }),
          ...(span && { traceId: span.traceId }),
        },
        'a request',
      )
    }
    done()
  })
}
