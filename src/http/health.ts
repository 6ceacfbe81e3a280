import type { FastifyInstance } from 'fastify'

export type Health = {
  /** Throws where the database is out of reach. */
  checkDatabase(): Promise<void>
  /** Throws where Redis is out of reach: slower, but no less right. */
  checkRedis(): Promise<void>
  /** True once the process is on its way down. */
  stopping(): boolean
}

/** `GET /livez`: the process answers. `GET /readyz`: it can serve. Without Redis it can, and says so. */
export async function health(server: FastifyInstance, { checkDatabase, checkRedis, stopping }: Health) {
  const state = (check: () => Promise<void>) =>
    check().then(
      () => 'ok',
      () => 'out of reach',
    )

  server.get('/livez', async () => ({ status: 'ok' }))
  server.get('/readyz', async (_request, reply) => {
    const [database, redis] = await Promise.all([state(checkDatabase), state(checkRedis)])
    const ready = database === 'ok' && !stopping()
    return reply.code(ready ? 200 : 503).send({ status: stopping() ? 'stopping' : ready ? 'ok' : 'not ready', database, redis })
  })
}
