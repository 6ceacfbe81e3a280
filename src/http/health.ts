import type { FastifyInstance } from 'fastify'

export type Health = {
  /** Throws where the database is out of reach. */
  checkDatabase(): Promise<void>
  /** Throws where Redis is out of reach: slower, but no less right. */
  checkRedis(): Promise<void>
  clockProblem(): string | null
  /** True once the process is on its way down. */
  stopping(): boolean
}

/** `GET /livez`: the process answers. `GET /readyz`: it can serve, also without Redis. */
export async function healthRoutes(server: FastifyInstance, { checkDatabase, checkRedis, clockProblem, stopping }: Health) {
  const state = (check: () => Promise<void>) =>
    check().then(
      () => 'ok',
      () => 'out of reach',
    )

  server.get('/livez', async () => ({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    const [database, redis] = await Promise.all([state(checkDatabase), state(checkRedis)])
    const clock = clockProblem()
    const ready = database === 'ok' && clock === null && !stopping()
    const status = stopping() ? 'stopping' : ready ? 'ok' : 'not ready'
    return reply.code(ready ? 200 : 503).send({ status, database, redis, ...(clock && { clock }) })
  })
}
