import type { FastifyInstance } from 'fastify'
import type { Tracing } from '../tracing/tracing.js'
import { isProbe } from './probes.js'

declare module 'fastify' {
  interface FastifyRequest {
    span: ReturnType<Tracing['startRequest']> | null
  }
}

/** A span a request, from headers to the response's end, beneath that of its `traceparent`. */
export function traceRequests(server: FastifyInstance, tracing: Tracing): void {
  server.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url
    if (!isProbe(route)) {
      const attributes = { 'http.request.method': request.method, 'http.route': route ?? '', 'doorstep.request_id': request.id }
      request.span = tracing.startRequest(`${request.method} ${route ?? 'none'}`, request.headers, attributes)
    }
    done()
  })
  // Not before the body is read: it comes by events of the socket, which end the context.
  server.addHook('preHandler', (request, _reply, done) => (request.span ? request.span.run(done) : done()))
  server.addHook('onResponse', (request, reply, done) => {
    request.span?.set({ 'http.response.status_code': reply.statusCode })
    request.span?.end({ failed: reply.statusCode >= 500 })
    done()
  })
}
