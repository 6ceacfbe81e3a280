import { createHash, timingSafeEqual } from 'node:crypto'
import type { onRequestAsyncHookHandler } from 'fastify'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { addressKey } from '../redis/rate-limits.js'

/** Wrong tokens in a minute, beyond which even the right one is not looked at. Counted by each process for itself. */
export type GuessLimits = { perAddress: number; inAll: number }

/** Lets in whoever has the token: as a bearer token, or as the password that a browser asks for. */
export function requireToken(token: string, realm: string, { perAddress, inAll }: GuessLimits = { perAddress: 10, inAll: 100 }) {
  const ofAddress = new RateLimiterMemory({ points: perAddress, duration: 60 })
  const ofAll = new RateLimiterMemory({ points: inAll, duration: 60 })

  const hook: onRequestAsyncHookHandler = async (request, reply) => {
    const given = tokenOf(request.headers.authorization)
    if (given !== null) {
      const address = addressKey(request.ip)
      // Counted before it is looked at, and given back where it is right: guesses that come at once can't slip past.
      const retryAfterSeconds = await consume(ofAddress, address).then((wait) => wait ?? consume(ofAll, 'all'))
      if (retryAfterSeconds !== null) {
        const problem = { message: 'Too many wrong tokens: try again later.', extensions: { code: 'RATE_LIMITED', retryAfterSeconds } }
        return reply
          .code(429)
          .header('retry-after', String(retryAfterSeconds))
          .send({ errors: [problem] })
      }
      if (isEqual(given, token)) {
        await Promise.all([ofAddress.reward(address, 1), ofAll.reward('all', 1)])
        return
      }
    }
    const problem = { message: 'The token is needed here.', extensions: { code: 'UNAUTHENTICATED' } }
    return reply
      .code(401)
      .header('www-authenticate', `Basic realm="${realm}"`)
      .send({ errors: [problem] })
  }
  return hook
}

/** Null where it can be counted; else the seconds to wait. */
async function consume(limiter: RateLimiterMemory, key: string): Promise<number | null> {
  try {
    await limiter.consume(key)
    return null
  } catch (error) {
    if (error instanceof RateLimiterRes) return Math.max(1, Math.ceil(error.msBeforeNext / 1_000))
    throw error
  }
}

function tokenOf(authorization: string | undefined): string | null {
  const [, scheme, value = ''] = /^(\S+) +(.+)$/.exec(authorization ?? '') ?? []
  if (scheme === undefined) return null
  return scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString().split(':').slice(1).join(':') : value
}

function isEqual(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}
