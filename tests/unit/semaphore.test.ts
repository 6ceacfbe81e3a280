import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemberQueues, Semaphore } from '../../src/database/semaphore.js'

/** Work that ends when it is told to. */
function held() {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { work: () => ended, end }
}

/** Mutation check: red where a permit goes back while somebody waits, where it is not given back after a failure, or with `pop`. */
test('in whatever order work ends or fails: never more at once than permits, and in the order of arrival', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }),
      fc.scheduler(),
      async (fates, permits, scheduler) => {
        const semaphore = new Semaphore({ permits, maxWaitMs: 60_000 })
        const begun: number[] = []
        let running = 0
        const all = fates.map((fails, number) =>
          semaphore.run(async () => {
            begun.push(number)
            expect(++running).toBeLessThanOrEqual(permits)
            await scheduler.schedule(Promise.resolve())
            running--
            if (fails) throw new Error('broken')
          }),
        )
        const settled = Promise.allSettled(all)
        await scheduler.waitFor(settled)
        expect((await settled).map(({ status }) => status)).toEqual(fates.map((fails) => (fails ? 'rejected' : 'fulfilled')))
        expect(begun).toEqual(fates.map((_, number) => number))
        expect(semaphore.running).toBe(0)
      },
    ),
  )
})

test('one who waits too long, or finds too many who wait, is told SERVICE_UNAVAILABLE, and nothing is done for them', async () => {
  const semaphore = new Semaphore({ permits: 1, maxQueued: 1, maxWaitMs: 20 })
  const { work, end } = held()
  const done: string[] = []
  const first = semaphore.run(work)
  const late = semaphore.run(async () => done.push('late'))
  const tooMany = semaphore.run(async () => done.push('too many'))
  const outcomes = await Promise.allSettled([late, tooMany])
  expect(outcomes).toMatchObject([{ reason: { code: 'SERVICE_UNAVAILABLE' } }, { reason: { code: 'SERVICE_UNAVAILABLE' } }])
  end()
  await first
  await semaphore.run(async () => done.push('next'))
  expect(done).toEqual(['next'])
})

test('members do not wait for each other, and nothing is kept of those who have nothing to do', async () => {
  const queues = new MemberQueues({ maxQueued: 2, maxWaitMs: 60_000 })
  const { work, end } = held()
  const done: string[] = []
  const held1 = queues.run('one', work)
  const waiting = queues.run('one', async () => done.push('one'))
  await queues.run('other', async () => done.push('other'))
  await sleep(1)
  expect(done).toEqual(['other'])
  expect(queues.size).toBe(1)
  end()
  await Promise.all([held1, waiting])
  expect(done).toEqual(['other', 'one'])
  expect(queues.size).toBe(0)
})
