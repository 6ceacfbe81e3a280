import { setImmediate as settled } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Hints } from '../../src/live/hints.js'
import { Live } from '../../src/live/live.service.js'
import { Metrics } from '../../src/metrics/metrics.js'
import type { FoundChanges } from '../../src/sync/changed.js'
import type { Sync } from '../../src/sync/sync.service.js'
import type { SyncPoint } from '../../src/sync/sync-token.js'

const memberId = crypto.randomUUID()
const point = (number: number): SyncPoint => ({ memberId, snapshot: `${number}:${number}:`, history: 'x', takenAt: 0 })
const nothing = { fullSync: false, today: '2026-03-10', memberChanged: false, scenarios: [], days: [], deletedIds: [] }

/** Looks that see nothing until the test answers them, in whatever order, and hints that the test gives. */
function start() {
  const looks: { answer(number: number, what?: Partial<FoundChanges>): Promise<void> }[] = []
  const look = () =>
    new Promise<FoundChanges>((resolve) => {
      looks.push({
        async answer(number, what) {
          resolve({ ...point(number), ...nothing, listVersion: number, ...what })
          await settled()
        },
      })
    })
  let hint: (memberIds: string[]) => void = () => {}
  const hints = { connected: true, listen: (listener: typeof hint) => (hint = listener) }
  const live = new Live({
    sync: { look } as unknown as Sync,
    hints: hints as unknown as Hints,
    maxStreams: 10,
    maxConcurrentLooks: 2,
    metrics: new Metrics(),
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => live.stop())
  return { live, looks, hint: () => hint([memberId]) }
}

/** The same beside a stream that is open, with the look of another one, and that of a hint, under way. */
async function openAnother() {
  const { live, looks, hint } = start()
  const first = live.open(memberId, null)
  await looks[0]?.answer(1, { fullSync: true })
  await first
  const second = live.open(memberId, point(1))
  hint()
  return { second, looks }
}

// Mutation check: both are red where a look that finds nothing says `upToDate`, whatever was found while it was under way.
test('a stream whose first look is answered after a later one that found a change is not told that it has it all', async () => {
  const { second, looks } = await openAnother()
  await looks[2]?.answer(3, { memberChanged: true })
  await looks[1]?.answer(2)
  expect((await (await second).next()).value).toMatchObject({ upToDate: false })
})

test('of two first streams the one whose look saw less, and is answered later, is not told that it has it all', async () => {
  const { live, looks } = start()
  const older = live.open(memberId, point(1))
  const newer = live.open(memberId, point(1))
  await looks[1]?.answer(3, { memberChanged: true })
  await looks[0]?.answer(2)
  expect((await (await newer).next()).value).toMatchObject({ upToDate: false })
  expect((await (await older).next()).value).toMatchObject({ upToDate: false })
})

test('a stream whose first look finds nothing has it all; what a look finds that was under way meanwhile it is told', async () => {
  const { second, looks } = await openAnother()
  await looks[1]?.answer(2)
  const stream = await second
  expect((await stream.next()).value).toMatchObject({ upToDate: true, listVersion: 2 })
  await looks[2]?.answer(3, { memberChanged: true })
  expect((await stream.next()).value).toMatchObject({ upToDate: false, listVersion: 3 })
})

// Mutation check: red where Live.stop stops the hints, as it did: the ones that wait to be sent were lost, and no later one was sent.
test('changes are told to other processes after the streams of this one have ended', async () => {
  const published: string[] = []
  const redis = { options: {}, publish: async (_channel: string, message: string) => published.push(message) } as unknown as Redis
  const log = pino({ level: 'silent' })
  const hints = new Hints({ redis, connectSubscriber: () => redis, log })
  const live = new Live({ sync: {} as Sync, hints, maxStreams: 10, maxConcurrentLooks: 2, metrics: new Metrics(), log })
  hints.publish('before')
  live.stop()
  hints.publish('after')
  await expect.poll(() => published).toEqual([expect.stringMatching(/ before after$/)])
})

/** So many members with a stream each, whose looks find a change, and how many of them were under way at once. */
async function startWith(memberIds: string[]) {
  const looked = { most: 0, underWay: 0, failing: false }
  const look = async (of: string, since: SyncPoint | null) => {
    looked.most = Math.max(looked.most, ++looked.underWay)
    await settled()
    looked.underWay--
    if (looked.failing) throw new Error('broken')
    return { ...point(1), ...nothing, memberId: of, listVersion: 1, memberChanged: since !== null }
  }
  let hint: (memberIds: string[]) => void = () => {}
  const live = new Live({
    sync: { look, changedMembers: async () => memberIds } as unknown as Sync,
    hints: { connected: true, listen: (listener: typeof hint) => (hint = listener) } as unknown as Hints,
    maxStreams: memberIds.length,
    maxConcurrentLooks: 2,
    metrics: new Metrics(),
    log: pino({ level: 'silent' }),
  })
  onTestFinished(() => live.stop())
  const streams = []
  for (const of of memberIds) {
    const stream = await live.open(of, null)
    await stream.next()
    streams.push(stream)
  }
  return { looked, streams, hint: () => hint(memberIds) }
}

// At midnight every member of a zone has changed: all at once they would fill the pool's line before the requests.
// Mutation check: both are red, with 1,000 at once, where #look does not wait for its turn.
test.each(['a hint of each', 'the look at all of them'])('by %s 1,000 members are looked at two at a time, none is lost', async (by) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { looked, streams, hint } = await startWith(Array.from({ length: 1_000 }, () => crypto.randomUUID()))
  if (by === 'a hint of each') hint()
  else await vi.advanceTimersByTimeAsync(20_000)
  // However long they wait, none of them is given up.
  await vi.advanceTimersByTimeAsync(15_000)
  const signals = await Promise.all(streams.map((stream) => stream.next()))
  expect(signals.every(({ value }) => value?.upToDate === false)).toBe(true)
  expect(looked.most).toBe(2)
})

// Mutation check: red where a look that fails keeps its turn.
test('after looks that failed the next ones are made', async () => {
  const { looked, streams, hint } = await startWith(Array.from({ length: 5 }, () => crypto.randomUUID()))
  looked.failing = true
  hint()
  await expect.poll(() => looked.underWay).toBe(0)
  looked.failing = false
  hint()
  expect(await Promise.all(streams.map((stream) => stream.next()))).toHaveLength(5)
})
