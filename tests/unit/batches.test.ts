import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Batches, type Batching, type Outcome } from '../../src/infra/batches.js'

type Fate = 'answered' | 'refused' | 'held up'
type Ask = { number: number; key: string; kind: number; fate: Fate }

const batching: Batching = { lanes: 1, most: 16, maxWaitMs: 60_000 }
const byKey = { keyOf: ({ key }: Ask) => key, kindOf: ({ kind }: Ask) => kind }
const ask = (number: number, rest: Partial<Ask> = {}): Ask => ({ number, key: `${number}`, kind: 0, fate: 'answered', ...rest })
const answers = (asks: Ask[]) => asks.map(({ number }) => ({ answer: number }))

const asks = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    kind: fc.nat(1),
    fate: fc.constantFrom<Fate>('answered', 'answered', 'refused', 'held up'),
  }),
  { maxLength: 40 },
)
const limits = fc.record({ lanes: fc.integer({ min: 1, max: 3 }), most: fc.integer({ min: 1, max: 5 }), sameKeyTogether: fc.boolean() })

/**
 * Batches end in an order that fast-check makes up. Red with any of the conditions of `goes` taken out of batches.ts, with
 * the key set free before it is asked for again, or with `left` in another order.
 */
test('whatever the order of things: each gets its own outcome, no key is busy twice, and no lane is too many or too full', async () => {
  await fc.assert(
    fc.asyncProperty(asks, limits, fc.scheduler(), async (wanted, { lanes, most, sameKeyTogether }, scheduler) => {
      const busy = new Set<string>()
      const served = new Map<string, number[]>()
      let inLanes = 0
      const batches = new Batches<Ask, number>({
        ...byKey,
        lanes,
        most,
        sameKeyTogether,
        maxWaitMs: 60_000,
        async run(batch, { patient }): Promise<Outcome<number>[]> {
          const keys = new Set(batch.map(({ key }) => key))
          for (const key of keys) {
            expect(busy).not.toContain(key)
            busy.add(key)
          }
          if (patient) expect(keys.size).toBe(1)
          else expect(++inLanes).toBeLessThanOrEqual(lanes)
          expect(batch.length).toBeLessThanOrEqual(most)
          expect(new Set(batch.map(({ kind }) => kind)).size).toBe(1)
          if (!sameKeyTogether) expect(keys.size).toBe(batch.length)
          await scheduler.schedule(Promise.resolve())
          if (!patient) inLanes--
          return batch.map(({ number, key, fate }) => {
            busy.delete(key)
            if (fate === 'held up' && !patient) return null
            served.set(key, [...(served.get(key) ?? []), number])
            return fate === 'refused' ? { error: new Error(`${number}`) } : { answer: number }
          })
        },
      })
      const all = Promise.all(
        wanted.map(async (one, number) => batches.ask({ number, ...one }).then(String, ({ message }) => `refused ${message}`)),
      )
      await scheduler.waitFor(all)
      expect(await all).toEqual(wanted.map(({ fate }, number) => (fate === 'refused' ? `refused ${number}` : `${number}`)))
      // Whoever was never held up is served in the order in which they came, of one kind and key.
      for (const numbers of served.values()) {
        for (const kind of [0, 1]) {
          const inOrder = numbers.filter((number) => wanted[number]?.kind === kind && wanted[number]?.fate !== 'held up')
          expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other))
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('who comes while all lanes are taken goes together with others', async () => {
  const sizes: number[] = []
  const batches = new Batches<Ask, number>({
    ...batching,
    ...byKey,
    sameKeyTogether: true,
    async run(batch) {
      sizes.push(batch.length)
      await sleep(1)
      return answers(batch)
    },
  })
  expect(await Promise.all(Array.from({ length: 20 }, (_, number) => batches.ask(ask(number))))).toHaveLength(20)
  expect(sizes).toEqual([1, 16, 3])
})

test('an error is of all who went together, and of nobody else', async () => {
  let runs = 0
  const batches = new Batches<Ask, number>({
    ...batching,
    ...byKey,
    sameKeyTogether: true,
    async run(batch) {
      await sleep(1)
      if (++runs === 2) throw new Error('broken')
      return answers(batch)
    },
  })
  const outcomes = await Promise.allSettled(Array.from({ length: 18 }, (_, number) => batches.ask(ask(number))))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', ...Array(16).fill('rejected'), 'fulfilled'])
})

// Red without the look at `maxWaitMs`: whoever has been told to try again would find that it was done all the same.
test('who has waited too long is refused, and nothing is done for it', async () => {
  const done: number[] = []
  const batches = new Batches<Ask, number>({
    ...batching,
    ...byKey,
    maxWaitMs: 5,
    sameKeyTogether: true,
    async run(batch) {
      done.push(...batch.map(({ number }) => number))
      await sleep(20)
      return answers(batch)
    },
  })
  const [first, late] = await Promise.allSettled([batches.ask(ask(1)), batches.ask(ask(2))])
  expect(first).toEqual({ status: 'fulfilled', value: 1 })
  expect(late).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } })
  expect(done).toEqual([1])
})
