import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../auth/access-token.js'
import { unavailable } from '../database/unavailable.js'
import { ApiError, unauthenticated } from '../errors.js'
import type { Exports } from '../export/export.service.js'
import type { Log } from '../log.js'
import type { RateLimits } from '../redis/rate-limits.js'
import { errorBody } from './error-body.js'

const bytesAhead = 64 * 1024

type Options = {
  exports: Exports
  callerOf(request: FastifyRequest): Promise<Caller | null>
  rateLimits: Pick<RateLimits, 'exportOf'> | null
  /** How long it may wait for its reader, or for the database. */
  idleTimeoutMs: number
  log: Log
}

/** `GET /export`: all that is the member's, streamed at the pace of its reader. */
export async function memberExport(server: FastifyInstance, options: Options): Promise<void> {
  const { exports, callerOf, rateLimits, idleTimeoutMs, log } = options
  const underWay = new Set<Readable>()

  // A process that stops waits no longer than for operations.
  server.addHook('preClose', async () => {
    const end = () => underWay.forEach((body) => void body.destroy(new Error('The process ends.')))
    setTimeout(end, idleTimeoutMs).unref()
  })

  server.get('/export', { exposeHeadRoute: false }, async (request, reply) => {
    try {
      const caller = await callerOf(request)
      if (!caller) throw unauthenticated()
      await rateLimits?.exportOf({ memberId: caller.memberId, ip: request.ip })
      await exports.read(caller.memberId, async (parts) => {
        const body = readable(parts, idleTimeoutMs)
        underWay.add(body.once('close', () => underWay.delete(body)))
        reply.header('content-disposition', 'attachment; filename="doorstep.json"').type('application/json; charset=utf-8').send(body)
        await finished(body)
      })
    } catch (error) {
      const known = error instanceof ApiError ? error : unavailable(error)
      // Part of the document may be out: the connection is cut, so that it does not seem whole.
      if (reply.raw.headersSent) log.warn({ err: error, requestId: request.id }, 'an export came to no end')
      else if (known) reject(reply, known)
      else throw error
    }
    return reply
  })
}

function readable(parts: AsyncIterable<string>, idleTimeoutMs: number): Readable {
  const idle = setTimeout(() => body.destroy(new Error('Nobody has read on.')), idleTimeoutMs)
  const body = Readable.from(refreshing(parts, idle), { objectMode: false, highWaterMark: bytesAhead })
  return body.once('close', () => clearTimeout(idle))
}

async function* refreshing(parts: AsyncIterable<string>, idle: NodeJS.Timeout): AsyncGenerator<string> {
  for await (const part of parts) {
    idle.refresh()
    yield part
  }
}

const statuses: Partial<Record<ApiError['code'], number>> = { UNAUTHENTICATED: 401, RATE_LIMITED: 429, SERVICE_UNAVAILABLE: 503 }

function reject(reply: FastifyReply, error: ApiError): void {
  if (error.code === 'UNAUTHENTICATED') reply.header('www-authenticate', 'Bearer')
  if (error.code === 'RATE_LIMITED') reply.header('retry-after', String(error.details.retryAfterSeconds))
  reply.code(statuses[error.code] ?? 500).send(errorBody(error))
}
