import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { addScenario, makeMember } from '../support/client.js'
import { atThePlace, notificationAt, readFeed, updateScenario } from '../support/feed.js'
import { RedisForATest } from '../support/redis.js'

/** `npm run test:chaos` runs it for a minute; `npm test` for six seconds, with one of each. */
const seconds = Number(process.env.CHAOS_SECONDS ?? 6)
const [cuts, restarts] = seconds < 60 ? [1, 1] : [20, 5]
/** A short run has fewer clients, as it shares the machine with another test; and fewer members, so that each is met as often. */
const [members, readers, writers] = seconds < 60 ? [8, 16, 8] : [50, 32, 16]
const scenariosPerMember = 4

/**
 * Every scenario has one writer, who counts up in its memo; a reader notes what has been acknowledged, asks, and must
 * see that or more.
 *
 * Red when getOrLoad takes a hash without comparing its revision: a Redis that was out of reach during a change comes back
 * with the old feed.
 */
test(`${seconds} s of readers and writers, Redis cut off ${cuts} times and restarted ${restarts} times: no old answer, no slow one`, {
  timeout: (seconds + 300) * 1_000,
}, async () => {
  const redis = await RedisForATest.start()
  onTestFinished(() => redis.stop())
  const app = await appForThisTest({ config: { REDIS_URL: redis.url } })
  const world = await Promise.all(
    Array.from({ length: members }, async () => {
      const client = await makeMember(app)
      const acknowledged = new Map<string, number>()
      for (let index = 0; index < scenariosPerMember; index++)
        acknowledged.set((await addScenario(client, { memo: '0', notification: index % 2 ? atThePlace : notificationAt() })).id, 0)
      return { client, acknowledged }
    }),
  )

  const found = { reads: 0, notModified: 0, writes: 0, old: 0, slowestMs: 0, slowestElsewhereMs: 0 }
  let running = true
  const timed = async <T>(action: () => Promise<T>) => {
    const startedMs = performance.now()
    const answer = await action()
    found.slowestMs = Math.max(found.slowestMs, performance.now() - startedMs)
    return answer
  }

  const read = async (reader: number) => {
    const etags = new Map<number, { etag: string; memos: Map<string, number> }>()
    for (let turn = 0; running; turn++) {
      // Each member twice in a row, the second time with the etag of the first.
      const index = (reader * 7 + (turn >> 1)) % members
      const { client, acknowledged } = world[index] as (typeof world)[number]
      const floor = new Map(acknowledged)
      const known = turn % 2 === 1 ? etags.get(index) : undefined
      const { etag, items, places } = await timed(() => readFeed(client, known?.etag))
      const entries = items && places && [...items, ...places]
      const memos = entries ? new Map(entries.map(({ scenarioId, memo }) => [scenarioId, Number(memo)])) : known?.memos
      if (!memos || [...floor].some(([id, least]) => (memos.get(id) ?? -1) < least)) found.old++
      if (memos) etags.set(index, { etag, memos })
      found.reads++
      if (!items) found.notModified++
    }
  }
  const write = async (writer: number) => {
    // Writers 0 to 3 have the first scenario of all members, by the member's number modulo 4; and so on.
    const mine = world.filter((_, index) => index % 4 === writer % 4)
    for (let turn = 1; running; turn++) {
      for (const { client, acknowledged } of mine) {
        if (!running) return
        const id = [...acknowledged.keys()][writer >> 2] as string
        await timed(() => updateScenario(client, { id, memo: `${turn}` }))
        acknowledged.set(id, turn)
        found.writes++
        // So that a feed is read a few times between two changes: else the cache would never be asked with success.
        await sleep(Math.random() * 400)
      }
    }
  }
  /** How long a request takes that has nothing to do with Redis: the measure of how busy the machine is. */
  const readElsewhere = async () => {
    while (running) {
      const started = performance.now()
      await world[0]?.client.run('{ me { id } }')
      found.slowestElsewhereMs = Math.max(found.slowestElsewhereMs, performance.now() - started)
    }
  }
  const disturb = async () => {
    const pauseMs = (seconds * 1_000) / (cuts + restarts + 1)
    for (let turn = 0; turn < cuts + restarts; turn++) {
      // First, and in between, time enough for the cache to be of use: else nothing is tested.
      const { hits } = await counted(app.url)
      await sleep(pauseMs)
      await expect.poll(async () => (await counted(app.url)).hits, { timeout: 60_000 }).toBeGreaterThan(hits)
      if (turn % 5 === 1) await redis.restart()
      else {
        redis.shut()
        await sleep(200 + Math.random() * 300)
        redis.open()
      }
    }
    await sleep(pauseMs)
  }

  const workers = [
    ...Array.from({ length: readers }, (_, index) => read(index)),
    ...Array.from({ length: writers }, (_, index) => write(index)),
  ]
  const working = Promise.all([...workers, readElsewhere()])
  await Promise.race([disturb(), working]).finally(() => {
    running = false
  })
  await working
  console.log(
    `chaos: ${JSON.stringify({ ...found, ...(await counted(app.url)) }, (_, value) => (typeof value === 'number' ? Math.round(value) : value))}`,
  )
  expect(found.old).toBe(0)
  // A change is several statements, and a machine that stalls stalls each.
  expect(found.slowestMs).toBeLessThan(Math.max(2_000, 3 * found.slowestElsewhereMs))
  expect(found.reads).toBeGreaterThan(100)
  expect(found.writes).toBeGreaterThan(20)
})

/** What the cache did meanwhile. */
async function counted(url: string) {
  const text = await (await fetch(`${url}/metrics`)).text()
  const value = (name: string) => Number(new RegExp(`^doorstep_feed_${name}_total (\\d+)$`, 'm').exec(text)?.[1])
  const names = ['hits', 'misses', 'waits', 'loads', 'fills', 'stale_fills_rejected'] as const
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<(typeof names)[number], number>
}
