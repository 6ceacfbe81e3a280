import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Log } from '../log.js'
import { Breaker } from '../redis/breaker.js'
import { type FeedState, feedFormat } from './feed.js'
import type { FeedMetrics } from './feed-metrics.js'

const ttlMs = 60 * 60_000
/** A claim whose holder died ends by itself. */
const claimTtlMs = 1_000
/** The waits of a miss for the claim's holder, before it reads the database itself. */
const waitsMs = [10, 20, 40, 80, 100]

/**
 * Writes one member's hash: a feed, or a tombstone (a revision without a feed). Late writers change
 * nothing: any order of them ends in the newest state (ADR 9). A write that is not late ends the
 * claim. KEYS: the hash, the claim. ARGV: revision, milliseconds to live, then a feed's field and
 * value. Revisions are compared as Lua's numbers: exact up to 2^53.
 */
const writeFeed = `
local stored = redis.call('HGET', KEYS[1], 'revision')
if stored and tonumber(stored) > tonumber(ARGV[1]) then return 'stale' end
redis.call('DEL', KEYS[2])
if stored == ARGV[1] and (#ARGV == 2 or redis.call('HGET', KEYS[1], ARGV[3]) == ARGV[4]) then return 'known' end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'revision', ARGV[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 'written'`

type Written = 'written' | 'known' | 'stale'

type ScriptedRedis = Redis & { writeFeed(hash: string, claim: string, ...args: (string | number)[]): Promise<Written> }

type CachedFeed = Omit<FeedState, 'revision'> & { format: number }

type Dependencies = { redis: Redis; metrics: FeedMetrics; log: Log }

/**
 * Feeds in Redis: per member a hash with the revision and the feed. It never decides what is
 * current: a reader names the database's revision, and gets that one or nothing. Nothing here
 * throws: without Redis, every look is a miss.
 */
export class FeedCache {
  readonly #redis: ScriptedRedis
  readonly #metrics: FeedMetrics
  readonly #breaker: Breaker
  readonly #underWay = new Map<string, Promise<FeedState>>()

  constructor({ redis, metrics, log }: Dependencies) {
    redis.defineCommand('writeFeed', { numberOfKeys: 2, lua: writeFeed })
    this.#redis = redis as ScriptedRedis
    this.#metrics = metrics
    this.#breaker = new Breaker({ caller: 'the feed', log, onChange: (state) => metrics.breaker(state) })
  }

  /** False while Redis is not even asked. */
  get inUse(): boolean {
    return this.#breaker.lets
  }

  /**
   * The feed at a revision that the database has just named, or a newer one: from the cache, or by
   * `load`. Of simultaneous misses one loads; the others share it here, or wait briefly elsewhere.
   */
  getOrLoad(memberId: string, revision: string, load: () => Promise<FeedState>): Promise<FeedState> {
    const key = `${memberId} ${revision}`
    const underWay = this.#underWay.get(key)
    if (underWay) return underWay
    const loading = this.#getOrLoad(memberId, revision, load).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, loading)
    return loading
  }

  async #getOrLoad(memberId: string, revision: string, load: () => Promise<FeedState>): Promise<FeedState> {
    const found = await this.#readAt(memberId, revision)
    this.#metrics[found ? 'hits' : 'misses'].inc()
    if (found) return found
    const claimed = await this.#breaker.run(async () => ({
      won: (await this.#redis.set(claimKey(memberId), revision, 'PX', claimTtlMs, 'NX')) === 'OK',
    }))
    if (claimed && !claimed.won) {
      this.#metrics.waits.inc()
      for (const ms of waitsMs) {
        await sleep(ms)
        const filled = await this.#readAt(memberId, revision)
        if (filled) return filled
      }
    }
    const feed = await load()
    if (claimed?.won) await this.fill(memberId, feed)
    return feed
  }

  async #readAt(memberId: string, revision: string): Promise<FeedState | null> {
    const found = await this.read(memberId)
    return found?.revision === revision ? found : null
  }

  /** The feed in the cache, of any revision; null where none can be read, or Redis is away. */
  async read(memberId: string): Promise<FeedState | null> {
    const [revision, feed] = (await this.#breaker.run(() => this.#redis.hmget(hashKey(memberId), 'revision', 'feed'))) ?? []
    if (!revision || !feed) return null
    try {
      const { format, items, places } = JSON.parse(feed) as CachedFeed
      return format === feedFormat ? { revision, items, places } : null
    } catch {
      return null
    }
  }

  /** Puts a feed into the cache; null where Redis does not answer. */
  async fill(memberId: string, { revision, items, places }: FeedState): Promise<Written | null> {
    const feed: CachedFeed = { format: feedFormat, items, places }
    const written = await this.#write(memberId, revision, 'feed', JSON.stringify(feed))
    if (written === 'written') this.#metrics.fills.inc()
    if (written === 'stale') this.#metrics.staleFills.inc()
    return written
  }

  /** Drops what is older than a committed revision: a slow reader's fill is then too late. */
  async drop(memberId: string, revision: string): Promise<void> {
    await this.#write(memberId, revision)
  }

  /** Removes a deleted member's feed: any earlier reader's fill is then too late. */
  async forget(memberId: string): Promise<void> {
    await this.#write(memberId, String(Number.MAX_SAFE_INTEGER))
  }

  #write(memberId: string, revision: string, ...fields: string[]): Promise<Written | null> {
    return this.#breaker.run(() => this.#redis.writeFeed(hashKey(memberId), claimKey(memberId), revision, ttlMs, ...fields))
  }
}

// One hash tag, one slot of a Redis Cluster: the script writes both.
const hashKey = (memberId: string) => `notifications:{${memberId}}`
const claimKey = (memberId: string) => `${hashKey(memberId)}:fill`
