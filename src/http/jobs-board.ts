import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { Queue } from 'bullmq'
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { errorBody } from './error-body.js'
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
    board.addHook('onRequest', rejectOtherSites)
    board.addHook('onRequest', async (_request, reply) => void reply.header('content-security-policy', contentSecurityPolicy))
    await board.register(adapter.registerPlugin(), { prefix: '/jobs' })
  })
}

/** A browser sends the password that it knows with whatever another site's page makes it send. */
const rejectOtherSites: onRequestAsyncHookHandler = async (request, reply) => {
  if (['GET', 'HEAD'].includes(request.method) || !isOfOtherSite(request)) return
  return reply.code(403).send(errorBody({ code: 'BAD_REQUEST', message: 'Only the pages of this server may change something here.' }))
}

/** Browsers say so; by plain HTTP they say where the page is from. Other clients say neither. */
function isOfOtherSite({ headers, host }: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== undefined) return site !== 'same-origin'
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}
