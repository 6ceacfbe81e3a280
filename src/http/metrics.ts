import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { requireToken } from './token-guard.js'

/** `GET /metrics`: counts for Prometheus, of this process alone; for who has the token, or for anybody where there is none. */
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

/** What prom-client knows of Node and of the process: CPU, memory, handles, event-loop lag, GC. Observed once, however many apps there are. */
function processMetrics(): Registry {
  if (!ofNode) {
    ofNode = new Registry()
    collectDefaultMetrics({ register: ofNode })
  }
  return ofNode
}
