// Hazard 4: Cache effects out of order (docs/concurrency.md).
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLog } from '../../src/log.js'
import { Metrics } from '../../src/metrics/metrics.js'
import type { FeedState } from '../../src/notification/feed.js'
import { FeedCache } from '../../src/notification/feed-cache.js'
import { createFeedMetrics } from '../../src/notification/feed-metrics.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, makeMember } from '../support/client.js'
import { notificationAt, place, readFeed, updateScenario } from '../support/feed.js'
import { workerRedisUrl } from '../support/worker-redis.js'

let app: TestApp
let redis: Redis
let cache: FeedCache
beforeAll(async () => {
  app = await startTestApp()
  redis = new Redis(workerRedisUrl())
  cache = new FeedCache({ redis, metrics: createFeedMetrics(new Metrics()), log: createLog('silent') })
  // So that no call of what follows is sent twice, the second time out of order.
  await cache.drop('nobody', '1')
})
beforeEach(() => void redis.flushdb())
afterAll(async () => {
  redis.disconnect()
  await app.stop()
})

/** Twenty seconds of work for an idle machine. */
const minutes = { timeout: 300_000 }

const member = 'm'
const hash = `notifications:{${member}}`

const entries = (revision: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    scenarioId: `s${index}`,
    name: `Revision ${revision}`,
    memo: null,
    method: 'ALARM' as const,
    daysOfWeek: ['MONDAY' as const],
  }))

/** The feed of a revision: as many items, and other than that of places, as the revision says, so that both grow and shrink. */
const feedAt = (revision: number): FeedState => ({
  revision: `${revision}`,
  items: entries(revision, revision % 3).map((entry) => ({ ...entry, time: '07:30' })),
  places: entries(revision, revision % 2).map((entry) => ({ ...entry, place: { ...place, on: 'LEAVE' } })),
})

/**
 * What happens to one member's feed. A change commits and leaves an effect under way, a reader that misses loads and leaves a fill
 * under way; `pick` says which one of those lands, so that they land in any order, late, or never before the next load.
 */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'change' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'load' as const }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('land' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'read' as const }) },
)
const loss = fc.constantFrom(
  { kind: 'expiry' as const },
  { kind: 'flush' as const },
  { kind: 'no feed' as const },
  { kind: 'no revision' as const },
  { kind: 'unreadable' as const },
  { kind: 'another format' as const },
)
const steps = fc.array(step, { minLength: 4, maxLength: 24 })
const stepsWithLosses = fc.array(fc.oneof({ weight: 12, arbitrary: step }, { weight: 1, arbitrary: loss }), { minLength: 4, maxLength: 24 })

const otherFormat = JSON.stringify({ format: 1, items: [], places: [] })

/** How a cache takes part. Everything goes down one connection without a wait in between, so Redis sees it in this order. */
type Build = {
  /** Whether a reader asks the database for the revision first. */
  validates: boolean
  fill(feed: FeedState): Promise<unknown>
  drop(revision: number): Promise<unknown>
  /** What a reader finds while the database is at `revision`; null is a miss. */
  read(revision: number): Promise<FeedState | null>
  /** What a reader gets who loads and fills after a miss. */
  getOrLoad(revision: number): Promise<FeedState>
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
type Loss = typeof loss extends fc.Arbitrary<infer L> ? L : never

/** Runs the steps, lets all land that is under way, then has one reader more. Tells what is wrong; null where nothing is. */
async function play(build: Build, plan: readonly (Step | Loss)[]): Promise<string | null> {
  let revision = 1
  const underWay: (() => Promise<unknown>)[] = []
  const reads: { revision: number; answer: Promise<FeedState | null> }[] = []
  const sent: Promise<unknown>[] = [redis.del(hash)]
  const land = (index: number) => sent.push(...underWay.splice(index, 1).map((effect) => effect()))

  for (const action of plan) {
    if (action.kind === 'change') {
      const committed = ++revision
      underWay.push(() => build.drop(committed))
    } else if (action.kind === 'load') {
      const feed = feedAt(revision)
      underWay.push(() => build.fill(feed))
    } else if (action.kind === 'land' && underWay.length > 0) land(action.pick % underWay.length)
    else if (action.kind === 'read') reads.push({ revision, answer: build.read(revision) })
    else if (action.kind === 'expiry') sent.push(redis.pexpire(hash, 0))
    else if (action.kind === 'flush') sent.push(redis.flushdb())
    else if (action.kind === 'no feed') sent.push(redis.hdel(hash, 'feed'))
    else if (action.kind === 'no revision') sent.push(redis.hdel(hash, 'revision'))
    else if (action.kind === 'unreadable') sent.push(redis.hset(hash, 'feed', '{'))
    else if (action.kind === 'another format') sent.push(redis.hset(hash, 'feed', otherFormat))
  }
  while (underWay.length > 0) land(0)
  reads.push({ revision, answer: Promise.resolve(await build.getOrLoad(revision)) }, { revision, answer: build.read(revision) })
  await Promise.all(sent)

  // A reader whom nobody tells the revision may see an old feed until the effect lands. Once all have landed it may not.
  for (const read of build.validates ? reads : reads.slice(-2)) {
    const answer = await read.answer
    if (answer && JSON.stringify(answer) !== JSON.stringify(feedAt(read.revision)))
      return `at revision ${read.revision} a reader got ${JSON.stringify(answer)}`
  }
  const last = await build.read(revision)
  return last ? null : 'the cache is empty after a fill'
}

const ours: Build = {
  validates: true,
  fill: (feed) => cache.fill(member, feed),
  drop: (revision) => cache.drop(member, `${revision}`),
  read: async (revision) => {
    const found = await cache.read(member)
    return found?.revision === `${revision}` ? found : null
  },
  getOrLoad: (revision) => cache.getOrLoad(member, `${revision}`, async () => feedAt(revision)),
}

/**
 * Red when getOrLoad takes a hash without comparing its revision, when `read` takes another format, and when the script leaves a feed of
 * the same revision alone without comparing it.
 */
test('10,000 interleavings of changes, effects, fills, expiries and flushes end with the database in the cache', minutes, async () => {
  await fc.assert(
    fc.asyncProperty(stepsWithLosses, async (plan) => {
      expect(await play(ours, plan)).toBeNull()
    }),
    { numRuns: 10_000 },
  )
})

/**
 * Without a reader who asks for the revision: what the script alone promises, as long as Redis keeps what it has.
 * Red when the script does not compare, and when `drop` is a plain DEL.
 */
test('10,000 interleavings leave the newest feed or its tombstone, with nobody reading', minutes, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      let newest = 1
      const underWay: { revision: number; write: () => Promise<unknown> }[] = []
      const sent: Promise<unknown>[] = [redis.del(hash)]
      const landed = [0]
      const land = (index: number) => {
        for (const { revision, write } of underWay.splice(index, 1)) {
          landed.push(revision)
          sent.push(write())
        }
      }
      for (const action of plan) {
        if (action.kind === 'change') {
          const revision = ++newest
          underWay.push({ revision, write: () => ours.drop(revision) })
        } else if (action.kind === 'load') {
          const revision = newest
          underWay.push({ revision, write: () => ours.fill(feedAt(revision)) })
        } else if (action.kind === 'land' && underWay.length > 0) land(action.pick % underWay.length)
      }
      while (underWay.length > 0) land(0)
      const [revision, ttl, feed] = await Promise.all([redis.hget(hash, 'revision'), redis.pttl(hash), cache.read(member), ...sent])
      const highest = Math.max(...landed)
      expect(revision).toBe(highest === 0 ? null : `${highest}`)
      if (feed) expect(feed).toEqual(feedAt(highest))
      if (highest > 0) expect(ttl).toBeGreaterThan(0)
    }),
    { numRuns: 10_000 },
  )
})

/** The control: the same generator against the cache that everybody writes first. */
test('a naive build with HSET and DEL is found to be broken within seconds', async () => {
  const naive: Build = {
    validates: false,
    fill: ({ revision, ...feed }) => redis.hset(hash, { revision, feed: JSON.stringify(feed) }),
    drop: () => redis.del(hash),
    read: async () => {
      const { revision, feed } = await redis.hgetall(hash)
      return revision && feed ? { revision, ...JSON.parse(feed) } : null
    },
    async getOrLoad(revision) {
      const found = await naive.read(revision)
      if (!found) await naive.fill(feedAt(revision))
      return found ?? feedAt(revision)
    },
  }
  const found = await fc.check(
    fc.asyncProperty(steps, async (plan) => (await play(naive, plan)) === null),
    { numRuns: 10_000, endOnFailure: true },
  )
  expect(found.failed).toBe(true)
  expect(found.numRuns).toBeLessThan(500)
})

test('a whole feed, a tombstone and an empty feed are three things', async () => {
  expect(await cache.read(member)).toBeNull()
  expect(await cache.fill(member, feedAt(5))).toBe('written')
  expect(await cache.fill(member, feedAt(5))).toBe('known')
  expect(await cache.fill(member, feedAt(4))).toBe('stale')
  expect(await cache.read(member)).toEqual(feedAt(5))
  await cache.drop(member, '5')
  expect(await cache.read(member)).toEqual(feedAt(5))
  await cache.drop(member, '6')
  expect(await redis.hgetall(hash)).toEqual({ revision: '6' })
  expect(await cache.read(member)).toBeNull()
  expect(await cache.fill(member, feedAt(6))).toBe('written')
  expect(await cache.read(member)).toEqual({ revision: '6', items: [], places: [] })
  // Ten is more than nine, though not as text.
  await cache.drop(member, '9')
  expect(await cache.fill(member, feedAt(10))).toBe('written')
  expect(await redis.pttl(hash)).toBeGreaterThan(3_000_000)
})

test('a claim is ended by whoever fills or drops, not by who comes too late', async () => {
  const claim = `${hash}:fill`
  await cache.drop(member, '5')
  await redis.set(claim, 'x')
  await cache.fill(member, feedAt(4))
  expect(await redis.get(claim)).toBe('x')
  await cache.fill(member, feedAt(5))
  expect(await redis.get(claim)).toBeNull()
  await redis.set(claim, 'x')
  await cache.drop(member, '6')
  expect(await redis.get(claim)).toBeNull()
})

/** Red when `read` takes a feed of another format: an alarm then does not ring. Red when it throws what it cannot parse. */
test('an etag that is there with its feed gone or unreadable never yields an empty or a shorter list', async () => {
  const client = await makeMember(app)
  for (const time of ['07:00', '08:00', '09:00']) await addScenario(client, { notification: notificationAt(time) })
  const both = await addScenario(client, { notification: { ...notificationAt(), place } })
  const whole = await readFeed(client)
  expect(whole.places).toMatchObject([{ scenarioId: both.id }])
  const key = `notifications:{${client.memberId}}`
  const { feed = '', revision } = await redis.hgetall(key)
  for (const damage of [
    () => redis.hdel(key, 'feed'),
    () => redis.hdel(key, 'revision'),
    () => redis.hset(key, 'feed', otherFormat),
    () => redis.hset(key, 'feed', feed.slice(0, -1)),
    () => redis.hset(key, 'feed', 'null'),
  ]) {
    await damage()
    expect(await readFeed(client), `after ${damage}`).toEqual(whole)
    // And it is whole again for the next one.
    expect(await redis.hgetall(key)).toEqual({ revision, feed })
  }
})

/** Red when getOrLoad takes a hash of another revision than the database names. */
test('a hash that missed its tombstone is never shown', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client, { notification: notificationAt() })
  const key = `notifications:{${client.memberId}}`
  await readFeed(client)
  const old = await redis.hgetall(key)
  await updateScenario(client, { id, name: 'Newer' })
  // As if the process had died between its commit and its effect, or Redis had come back from an old copy.
  await redis.del(key)
  await redis.hset(key, old)
  expect((await readFeed(client)).items).toMatchObject([{ name: 'Newer' }])
  expect(await redis.hget(key, 'revision')).not.toBe(old.revision)
})

/** Red when a miss does not share the load that is under way in its process: each waits in vain for the fill, and loads. */
test('of many that miss at once in one process one loads, however long it takes', async () => {
  let loads = 0
  const load = async () => {
    loads++
    // Longer than a miss waits for another's fill.
    await sleep(500)
    return feedAt(5)
  }
  const found = await Promise.all(Array.from({ length: 100 }, () => cache.getOrLoad(member, '5', load)))
  expect(found).toEqual(Array(100).fill(feedAt(5)))
  expect(loads).toBe(1)
})

/** Red when a miss does not wait where another has the claim: there are then two loads. */
test('of two processes that miss at once one loads, and the other waits for its fill', async () => {
  const metrics = createFeedMetrics(new Metrics())
  const others = new Redis(redis.options)
  const caches = [redis, others].map((connection) => new FeedCache({ redis: connection, metrics, log: createLog('silent') }))
  let loads = 0
  const load = async () => {
    loads++
    await expect.poll(async () => (await metrics.waits.get()).values[0]?.value).toBe(1)
    return feedAt(5)
  }
  expect(await Promise.all(caches.map((one) => one.getOrLoad(member, '5', load)))).toEqual([feedAt(5), feedAt(5)])
  expect(loads).toBe(1)
  others.disconnect()
})

test('a claim whose holder is gone delays the others a little, and no more', async () => {
  const client = await makeMember(app)
  await addScenario(client, { notification: notificationAt() })
  await redis.set(`notifications:{${client.memberId}}:fill`, '1', 'PX', 60_000)
  expect((await readFeed(client)).items).toHaveLength(1)
})

test("what the cache does is counted, and a deleted member's feed leaves it", async () => {
  const own = await startTestApp()
  try {
    const count = async (name: string) => {
      const text = await (await fetch(`${own.url}/metrics`)).text()
      return Number(new RegExp(`^doorstep_feed_${name} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const client = await makeMember(own)
    await addScenario(client, { notification: notificationAt() })
    const { etag } = await readFeed(client)
    await readFeed(client)
    await readFeed(client, etag)
    for (const [name, value] of Object.entries({
      misses: 1,
      loads: 1,
      fills: 1,
      hits: 1,
      not_modified: 1,
      waits: 0,
      stale_fills_rejected: 0,
    }))
      expect(await count(`${name}_total`), name).toBe(value)
    expect(await count('breaker_state')).toBe(0)
    const key = `notifications:{${client.memberId}}`
    expect(await redis.hexists(key, 'feed')).toBe(1)
    await client.run('mutation { deleteMember { deletedId } }')
    // Mutation check: red where `forget` deletes the key.
    const lateFill = { revision: etag.split('-')[1] as string, items: [], places: [] }
    expect(await cache.fill(client.memberId, lateFill), 'of a reader who came before').toBe('stale')
    expect(await redis.hkeys(key)).toEqual(['revision'])
  } finally {
    await own.stop()
  }
})
