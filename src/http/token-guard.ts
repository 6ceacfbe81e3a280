import { createHash, timingSafeEqual } from 'node:crypto'
import type { onRequestAsyncHookHandler } from 'fastify'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { addressKey, attempt } from '../redis/rate-limits.js'
import { errorBody } from './error-body.js'

/** Lets in whoever has the token: as a bearer token, or as the password that a browser asks for. */
export function requireToken(token: string, realm: string) {
  // Wrong tokens a minute; beyond them the right one is rejected too. Each process counts alone.
  const ofAddress = new RateLimiterMemory({ points: 10, duration: 60 })
  const ofAll = new RateLimiterMemory({ points: 100, duration: 60 })

  const hook: onRequestAsyncHookHandler = async (request, reply) => {
    const given = tokenOf(request.headers.authorization)
    if (given !== null) {
      const address = addressKey(request.ip)
      // Counted before the check, given back where it is right: concurrent guesses can't pass.
      const retryAfterSeconds = (await attempt(ofAddress, address)).retryAfterSeconds ?? (await attempt(ofAll, 'all')).retryAfterSeconds
      if (retryAfterSeconds !== null) {
        const message = 'Too many wrong tokens: try again later.'
        reply.code(429).header('retry-after', String(retryAfterSeconds))
        return reply.send(errorBody({ code: 'RATE_LIMITED', message, details: { retryAfterSeconds } }))
      }
      if (isEqual(given, token)) {
        await Promise.all([ofAddress.reward(address, 1), ofAll.reward('all', 1)])
        return
      }
    }
    reply.code(401).header('www-authenticate', `Basic realm="${realm}"`)
    return reply.send(errorBody({ code: 'UNAUTHENTICATED', message: 'The token is needed here.' }))
  }
  return hook
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
