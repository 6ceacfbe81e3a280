import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { requireToken } from './token-guard.js'

/** `GET /metrics`, for Prometheus, of this process: with the token, or open where there is none. */
export async function metricsRoute(server: FastifyInstance, { registry, token }: { registry: Registry; token: string | null }) {
  await server.register(async (scope) => {
    if (token) scope.addHook('onRequest', requireToken(token, 'Doorstep metrics'))
    scope.get('/metrics', async (_request, reply) => {
      const [ours, ofProcess] = await Promise.all([registry.metrics(), processMetrics().metrics()])
      return reply.header('content-type', registry.contentType).send(`${ours}\n${ofProcess}`)
    })
  })
}

let ofNode: Registry | undefined

/** prom-client's metrics of Node and the process. Observed once, for any number of apps. */
function processMetrics(): Registry {
  if (!ofNode) {
    ofNode = new Registry()
    collectDefaultMetrics({ register: ofNode })
  }
  return ofNode
}
