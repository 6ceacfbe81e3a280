import type { FastifyInstance } from 'fastify'
import { Histogram, type Registry } from 'prom-client'

declare module 'fastify' {
  interface FastifyRequest {
    /** Responded to by a stream, whose length is no duration of a request. */
    isStream: boolean
  }
}

const methods = new Set(['GET', 'POST', 'HEAD', 'OPTIONS'])

/**
 * How long requests take, from their headers to the last byte of the response. By the route, never by the address, and by the methods
 * that are served: nobody who makes up requests can make up time series.
 */
export function measureRequests(server: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'doorstep_http_request_duration_seconds',
    help: 'How long requests took, from their headers to the end of the response; streams are left out.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers: [registry],
  })
  // prom-client hashes labels each time; these are few.
  const known = new Map<string, ReturnType<typeof durations.labels>>()

  server.addHook('onResponse', (request, reply, done) => {
    if (!request.isStream) {
      const method = methods.has(request.method) ? request.method : 'other'
      const route = request.routeOptions.url ?? 'none'
      const status = String(reply.statusCode)
      const key = `${method} ${route} ${status}`
      let duration = known.get(key)
      if (!duration) {
        duration = durations.labels(method, route, status)
        known.set(key, duration)
      }
      duration.observe(reply.elapsedTime / 1_000)
    }
    done()
  })
}
