import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { requireToken } from './token-guard.js'

/** `GET /metrics`: counts for Prometheus, of this process alone; for who has the token, or for anybody where there is none. */
export async function metrics(server: FastifyInstance, { registry, token }: { registry: Registry; token: string | null }) {
  await server.register(async (scope) => {
    if (token) scope.addHook('onRequest', requireToken(token, 'Doorstep metrics'))
    scope.get('/metrics', async (_request, reply) => reply.header('content-type', registry.contentType).send(await registry.metrics()))
  })
}
