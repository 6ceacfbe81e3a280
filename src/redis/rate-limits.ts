import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { rateLimited } from '../errors.js'

/** How much is allowed in a minute. */
export type RateLimitOptions = {
  /** Points of one member, or of one address that is nobody's: a usual operation is one point. */
  operationsPerMinute: number
  /** Sign-ins, nonces and refreshes of one address. */
  signInsPerIpPerMinute: number
  /** Sign-ins of one identity. */
  signInsPerSubjectPerMinute: number
}

const minute = 60

/**
 * Counts what is asked of us, for all instances together in Redis; where Redis is gone, each instance counts for itself.
 *
 * Operations are counted in this process first, and only what one key sends beyond a tenth of its limit goes to Redis:
 * the usual member costs no round trip, and n instances let at most n tenths too much pass.
 */
export class RateLimits {
  readonly #operationsHere: RateLimiterMemory
  readonly #operations: RateLimiterRedis
  readonly #signInsOfIp: RateLimiterRedis
  readonly #signInsOfSubject: RateLimiterRedis
  readonly #free: number

  constructor(redis: Redis, options: RateLimitOptions) {
    const shared = (name: string, points: number) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `rate:${name}`,
        points,
        duration: minute,
        // What is over its limit is refused from memory, so that a flood does not reach Redis.
        inMemoryBlockOnConsumed: points,
        rejectIfRedisNotReady: true,
        insuranceLimiter: new RateLimiterMemory({ keyPrefix: `rate:${name}`, points, duration: minute }),
      })
    this.#free = Math.floor(options.operationsPerMinute / 10)
    this.#operationsHere = new RateLimiterMemory({ points: options.operationsPerMinute, duration: minute })
    this.#operations = shared('operations', options.operationsPerMinute)
    this.#signInsOfIp = shared('sign-in:ip', options.signInsPerIpPerMinute)
    this.#signInsOfSubject = shared('sign-in:subject', options.signInsPerSubjectPerMinute)
  }

  /** Counts an operation. Throws RATE_LIMITED where it is one too many. */
  async operation(who: { memberId: string | null; ip: string }, points: number): Promise<void> {
    const key = who.memberId ? `{${who.memberId}}` : addressKey(who.ip)
    const { consumedPoints } = await consume(this.#operationsHere, key, points)
    if (consumedPoints > this.#free) await consume(this.#operations, key, points)
  }

  async signInFrom(ip: string, times: number): Promise<void> {
    await consume(this.#signInsOfIp, addressKey(ip), times)
  }

  /** Of an identity that has been verified: anybody could use up the limit of one that is only claimed. */
  async signInOf({ provider, subject }: { provider: string; subject: string }): Promise<void> {
    await consume(this.#signInsOfSubject, `${provider}:${subject}`, 1)
  }
}

async function consume(limiter: RateLimiterMemory | RateLimiterRedis, key: string, points: number): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key, points)
  } catch (error) {
    if (error instanceof RateLimiterRes) throw rateLimited(Math.max(1, Math.ceil(error.msBeforeNext / 1_000)))
    throw error
  }
}

/** An IPv4 address, or the /64 of an IPv6 address: whoever has one of these addresses has them all. */
export function addressKey(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped) return mapped
  if (!ip.includes(':')) return ip
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::')
  const groups = head.split(':').filter(Boolean)
  const rest = tail === undefined ? [] : tail.split(':').filter(Boolean)
  const full = [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest]
  return full
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
