import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Batcher, type Batching, type BatchOutcome } from '../../src/database/batcher.js'

type Fate = 'done' | 'failed' | 'locked'
type Item = { number: number; key: string; kind: number; fate: Fate }

const batching: Batching = { maxConcurrentBatches: 1, maxBatchSize: 16, maxWaitMs: 60_000, lockWaits: { run: (work) => work() } }
const byKey = { partitionKey: ({ key }: Item) => key, groupKey: ({ kind }: Item) => kind }
const item = (number: number, rest: Partial<Item> = {}): Item => ({ number, key: `${number}`, kind: 0, fate: 'done', ...rest })
const results = (items: Item[]) => items.map(({ number }) => ({ result: number }))

const items = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    kind: fc.nat(1),
    fate: fc.constantFrom<Fate>('done', 'done', 'failed', 'locked'),
  }),
  { maxLength: 40 },
)
const limits = fc.record({
  maxConcurrentBatches: fc.integer({ min: 1, max: 3 }),
  maxBatchSize: fc.integer({ min: 1, max: 5 }),
  sameKeyTogether: fc.boolean(),
})

/**
 * Batches end in an order that fast-check makes up. Mutation check: red with any of the conditions of `fits` taken out of
 * batcher.ts, with the key released before its deferred requests run, or with `left` in another order.
 */
test('in whatever order batches end: each request gets its own outcome, no key is busy twice, no slot too many, no batch too large', async () => {
  await fc.assert(
    fc.asyncProperty(items, limits, fc.scheduler(), async (wanted, { maxConcurrentBatches, maxBatchSize, sameKeyTogether }, scheduler) => {
      const busy = new Set<string>()
      const served = new Map<string, number[]>()
      const begun = new Set<number>()
      let inSlots = 0
      const batcher = new Batcher<Item, number>({
        ...byKey,
        lockWaits: batching.lockWaits,
        pausesMs: [0],
        maxConcurrentBatches,
        maxBatchSize,
        sameKeyTogether,
        maxWaitMs: 60_000,
        async run(batch, { waitForLocks }): Promise<BatchOutcome<number>[]> {
          const keys = new Set(batch.map(({ key }) => key))
          for (const key of keys) {
            expect(busy).not.toContain(key)
            busy.add(key)
          }
          // Those that were deferred run outside the slots, those of one key together.
          const again = batch.some(({ number }) => begun.has(number))
          for (const { number } of batch) begun.add(number)
          if (waitForLocks || again) expect(keys.size).toBe(1)
          else expect(++inSlots).toBeLessThanOrEqual(maxConcurrentBatches)
          expect(batch.length).toBeLessThanOrEqual(maxBatchSize)
          expect(new Set(batch.map(({ kind }) => kind)).size).toBe(1)
          if (!sameKeyTogether) expect(keys.size).toBe(batch.length)
          await scheduler.schedule(Promise.resolve())
          if (!again) inSlots--
          return batch.map(({ number, key, fate }) => {
            busy.delete(key)
            if (fate === 'locked' && !waitForLocks) return 'deferred' as const
            served.set(key, [...(served.get(key) ?? []), number])
            return fate === 'failed' ? { error: new Error(`${number}`) } : { result: number }
          })
        },
      })
      const all = Promise.all(
        wanted.map(async (one, number) => batcher.submit({ number, ...one }).then(String, ({ message }) => `failed ${message}`)),
      )
      await scheduler.waitFor(all)
      expect(await all).toEqual(wanted.map(({ fate }, number) => (fate === 'failed' ? `failed ${number}` : `${number}`)))
      // Requests that were never deferred run in the order of their arrival, by group and key.
      for (const numbers of served.values()) {
        for (const kind of [0, 1]) {
          const inOrder = numbers.filter((number) => wanted[number]?.kind === kind && wanted[number]?.fate !== 'locked')
          expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other))
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('requests that arrive while all slots are taken share a batch', async () => {
  const sizes: number[] = []
  const batcher = new Batcher<Item, number>({
    ...batching,
    ...byKey,
    sameKeyTogether: true,
    async run(batch) {
      sizes.push(batch.length)
      await sleep(1)
      return results(batch)
    },
  })
  expect(await Promise.all(Array.from({ length: 20 }, (_, number) => batcher.submit(item(number))))).toHaveLength(20)
  expect(sizes).toEqual([1, 16, 3])
})

/**
 * Three batches of six took PostgreSQL a third more for each check. Mutation checks: red without `#canWait` in batcher.ts (the first
 * of the fifteen begins alone), and without its timer (what comes last waits for a batch that never ends).
 */
test('beside a batch that is under way, the next one begins when it is full, or has waited a little', async () => {
  const sizes: number[] = []
  const batcher = new Batcher<Item, number>({
    ...batching,
    ...byKey,
    maxConcurrentBatches: 3,
    sameKeyTogether: true,
    async run(batch) {
      sizes.push(batch.length)
      return batch[0]?.number === 0 ? new Promise(() => {}) : results(batch)
    },
  })
  void batcher.submit(item(0))
  const sixteen = Array.from({ length: 16 }, (_, number) => batcher.submit(item(1 + number)))
  expect(sizes).toEqual([1, 16])
  await Promise.all(sixteen)
  await Promise.all([batcher.submit(item(17)), batcher.submit(item(18))])
  expect(sizes).toEqual([1, 16, 2])
})

test('an error is the outcome of all requests of its batch, and of no other', async () => {
  let runs = 0
  const batcher = new Batcher<Item, number>({
    ...batching,
    ...byKey,
    sameKeyTogether: true,
    async run(batch) {
      await sleep(1)
      if (++runs === 2) throw new Error('broken')
      return results(batch)
    },
  })
  const outcomes = await Promise.allSettled(Array.from({ length: 18 }, (_, number) => batcher.submit(item(number))))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', ...Array(16).fill('rejected'), 'fulfilled'])
})

// Mutation check: red without the look at `maxWaitMs`: a client that was told to try again would find it done all the same.
test('a request that has waited too long is rejected, and nothing is done for it', async () => {
  const done: number[] = []
  const batcher = new Batcher<Item, number>({
    ...batching,
    ...byKey,
    maxWaitMs: 5,
    sameKeyTogether: true,
    async run(batch) {
      done.push(...batch.map(({ number }) => number))
      await sleep(20)
      return results(batch)
    },
  })
  const [first, late] = await Promise.allSettled([batcher.submit(item(1)), batcher.submit(item(2))])
  expect(first).toEqual({ status: 'fulfilled', value: 1 })
  expect(late).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } })
  expect(done).toEqual([1])
})
