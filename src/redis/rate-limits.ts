import { isIPv6 } from 'node:net'
import type { Redis } from 'ioredis'
import ipaddr from 'ipaddr.js'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { rateLimited } from '../errors.js'
import type { Log } from '../log.js'
import { Breaker } from './breaker.js'

/** Limits a minute. */
type Settings = {
  /** Points of one member, or of one address without a member: a usual operation is one point. */
  RATE_LIMIT_OPERATIONS_PER_MINUTE: number
  /** Nonces, sign-ins and unknown refresh tokens of one address. */
  RATE_LIMIT_SIGN_INS_PER_IP_PER_MINUTE: number
  RATE_LIMIT_SIGN_INS_PER_SUBJECT_PER_MINUTE: number
  RATE_LIMIT_REFRESHES_PER_SESSION_PER_MINUTE: number
}

const minute = 60

/** The same limit twice: shared by all instances, and of this one while Redis is out of reach. */
type Limit = { shared: RateLimiterRedis; here: RateLimiterMemory }

/**
 * Counts for all instances together, in Redis; without Redis, each instance counts for itself.
 *
 * Operations are counted in this process first, and go to Redis only beyond a tenth of the limit
 * of their key: a usual member costs no round trip, and n instances admit at most n tenths more.
 */
export class RateLimits {
  readonly #breaker: Breaker
  readonly #operationsHere: RateLimiterMemory
  readonly #operations: Limit
  readonly #signInsOfIp: Limit
  readonly #signInsOfSubject: Limit
  readonly #refreshesOfSession: Limit
  readonly #operationsPerMinute: number
  readonly #free: number

  constructor(redis: Redis, settings: Settings, log: Log) {
    // Without it a Redis that hangs would cost each operation the time-out of a command.
    this.#breaker = new Breaker({ caller: 'the rate limits', log })
    const limit = (name: string, points: number): Limit => {
      const common = { keyPrefix: `rate:${name}`, points, duration: minute }
      // What is over its limit is rejected from memory, so that a flood does not reach Redis.
      const shared = new RateLimiterRedis({ storeClient: redis, inMemoryBlockOnConsumed: points, rejectIfRedisNotReady: true, ...common })
      return { shared, here: new RateLimiterMemory(common) }
    }
    const operationsPerMinute = settings.RATE_LIMIT_OPERATIONS_PER_MINUTE
    this.#operationsPerMinute = operationsPerMinute
    this.#free = Math.floor(operationsPerMinute / 10)
    this.#operationsHere = new RateLimiterMemory({ points: operationsPerMinute, duration: minute })
    this.#operations = limit('operations', operationsPerMinute)
    this.#signInsOfIp = limit('sign-in:ip', settings.RATE_LIMIT_SIGN_INS_PER_IP_PER_MINUTE)
    this.#signInsOfSubject = limit('sign-in:subject', settings.RATE_LIMIT_SIGN_INS_PER_SUBJECT_PER_MINUTE)
    this.#refreshesOfSession = limit('refresh', settings.RATE_LIMIT_REFRESHES_PER_SESSION_PER_MINUTE)
  }

  /**
   * Counts an operation. Throws RATE_LIMITED where it is one too many, as do all of these. One that
   * costs more than the limit counts as the limit: else it never could run. `counted`: its points
   * that were counted before.
   */
  async operation(who: { memberId: string | null; ip: string }, points: number, counted = 0): Promise<void> {
    const key = who.memberId ? `{${who.memberId}}` : addressKey(who.ip)
    const rest = Math.min(points, this.#operationsPerMinute) - counted
    if (rest <= 0) return
    const consumedPoints = admitted(await attempt(this.#operationsHere, key, rest))
    if (consumedPoints > this.#free) await this.#consume(this.#operations, key, rest)
  }

  /** As a tenth of a member's limit: ten a minute at the usual limit, one at the smallest. */
  async exportOf(who: { memberId: string; ip: string }): Promise<void> {
    await this.operation(who, Math.ceil(this.#operationsPerMinute / 10))
  }

  /** Of what anybody can send: nonces, sign-ins, unknown refresh tokens. */
  async signInFrom(ip: string): Promise<void> {
    await this.#consume(this.#signInsOfIp, addressKey(ip))
  }

  /** Of a verified identity: anybody could use up the limit of one that is only claimed. */
  async signInOf({ provider, subject }: { provider: string; subject: string }): Promise<void> {
    await this.#consume(this.#signInsOfSubject, `${provider}:${subject}`)
  }

  /** By the session and not by its address, which the customers of a carrier share. */
  async refreshOf(family: string): Promise<void> {
    await this.#consume(this.#refreshesOfSession, family)
  }

  async #consume({ shared, here }: Limit, key: string, points = 1): Promise<void> {
    admitted((await this.#breaker.run(() => attempt(shared, key, points))) ?? (await attempt(here, key, points)))
  }
}

/** `retryAfterSeconds`: null where it was admitted. */
type Attempt = { consumedPoints: number; retryAfterSeconds: number | null }

/** A rejection is a result like any other: only a store that fails is an error. */
export async function attempt(limiter: RateLimiterMemory | RateLimiterRedis, key: string, points = 1): Promise<Attempt> {
  try {
    const { consumedPoints } = await limiter.consume(key, points)
    return { consumedPoints, retryAfterSeconds: null }
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error
    return { consumedPoints: error.consumedPoints, retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1_000)) }
  }
}

function admitted({ consumedPoints, retryAfterSeconds }: Attempt): number {
  if (retryAfterSeconds !== null) throw rateLimited(retryAfterSeconds)
  return consumedPoints
}

/**
 * An IPv4 address, or the /64 of an IPv6 address, which has one owner. Some proxies add the port.
 * A client that is gone has no address.
 */
export function addressKey(ip: string | undefined = ''): string {
  const withoutPort = /^\[(.+)\](?::\d+)?$/.exec(ip)?.[1] ?? /^([\d.]+):\d+$/.exec(ip)?.[1] ?? ip
  const address = withoutPort.split('%')[0] ?? ''
  if (!isIPv6(address)) return address
  const ofIPv6 = ipaddr.IPv6.parse(address)
  if (ofIPv6.isIPv4MappedAddress()) return ofIPv6.toIPv4Address().toString()
  return ofIPv6.parts
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
}
