import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'

/** `GET /metrics`: counts for Prometheus, of this process alone. */
export async function metrics(server: FastifyInstance, { registry }: { registry: Registry }) {
  server.get('/metrics', async (_request, reply) => reply.header('content-type', registry.contentType).send(await registry.metrics()))
}
