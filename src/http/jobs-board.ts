import { createHash, timingSafeEqual } from 'node:crypto'
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'

/** Bull Board at /jobs, for who has the admin token: as a bearer token, or as the password that a browser asks for. */
export async function jobsBoard(server: FastifyInstance, { queue, adminToken }: { queue: Queue; adminToken: string }) {
  const adapter = new FastifyAdapter()
  adapter.setBasePath('/jobs')
  createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: adapter })
  await server.register(async (board) => {
    board.addHook('onRequest', async (request, reply) => {
      if (isAdmin(request.headers.authorization, adminToken)) return
      await reply
        .code(401)
        .header('www-authenticate', 'Basic realm="Doorstep jobs"')
        .send({ errors: [{ message: 'The admin token is needed here.', extensions: { code: 'UNAUTHENTICATED' } }] })
    })
    await board.register(adapter.registerPlugin(), { prefix: '/jobs' })
  })
}

function isAdmin(authorization: string | undefined, adminToken: string): boolean {
  const [scheme, value = ''] = authorization?.split(' ') ?? []
  const given = scheme?.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString().split(':').slice(1).join(':') : value
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(adminToken))
}
