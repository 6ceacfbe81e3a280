import { setImmediate as settled } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { Hints } from '../../src/live/hints.js'
import { Live } from '../../src/live/live.service.js'
import type { FoundChanges, Sync } from '../../src/sync/sync.service.js'
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
    registry: new Registry(),
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
  const live = new Live({ sync: {} as Sync, hints, maxStreams: 10, registry: new Registry(), log })
  hints.publish('before')
  live.stop()
  hints.publish('after')
  await expect.poll(() => published).toEqual([expect.stringMatching(/ before after$/)])
})
