import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics/metrics.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Responded to by a stream, whose length is no duration of a request. */
    isStream: boolean
  }
}

const help = 'How long requests took, from their headers to the end of the response; streams are left out.'
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]
const methods = new Set(['GET', 'POST', 'HEAD', 'OPTIONS'])

/**
 * Durations by route and not by address, and by the methods that are served: nobody who makes up
 * requests can make up time series.
 */
export function measureRequests(server: FastifyInstance, metrics: Metrics): void {
  const durations = metrics.histogram('doorstep_http_request_duration_seconds', help, buckets, 'method', 'route', 'status')

  server.addHook('onResponse', (request, reply, done) => {
    if (!request.isStream) {
      const method = methods.has(request.method) ? request.method : 'other'
      const route = request.routeOptions.url ?? 'none'
      durations.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1_000)
    }
    done()
  })
}
