import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Queue } from 'bullmq'
import type { FastifyInstance } from 'fastify'
import { requireToken } from './token-guard.js'

/** All that Bull Board needs, which writes styles into its page. Its font's host is blocked. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Bull Board at /jobs, for who has the admin token. */
export async function jobsBoard(server: FastifyInstance, { queue, adminToken }: { queue: Queue; adminToken: string }) {
  const adapter = new FastifyAdapter()
  adapter.setBasePath('/jobs')
  createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: adapter })
  await server.register(async (board) => {
    board.addHook('onRequest', requireToken(adminToken, 'Doorstep jobs'))
    board.addHook('onRequest', async (_request, reply) => void reply.header('content-security-policy', contentSecurityPolicy))
    await board.register(adapter.registerPlugin(), { prefix: '/jobs' })
  })
}
