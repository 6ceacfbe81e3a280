import { expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.js'
import { ClockSkew } from '../../src/clock-skew.js'
import type { JobRunner } from '../../src/jobs/runner.js'
import { Scheduler } from '../../src/jobs/scheduler.js'
import { createLog } from '../../src/log.js'
import { Metrics } from '../../src/metrics/metrics.js'
import { appForThisTest } from '../support/app.js'

const log = createLog('silent')
const soon = { timeout: 30_000, interval: 20 }
const skewedBy = (seconds: number): Clock => ({ now: () => new Date(Date.now() + seconds * 1_000), sqlNow: systemClock.sqlNow })

// Mutation check: `clock === null` left out of health.ts.
test.each([
  [1_200, 'ahead of'],
  [-1_200, 'behind'],
])('a process whose clock is wrong by %i s is not ready, and says so', async (seconds, where) => {
  const { url } = await appForThisTest({ clock: skewedBy(seconds) })
  const response = await fetch(`${url}/readyz`)
  expect(response.status).toBe(503)
  // What the question took counts, too.
  const clock = expect.stringMatching(new RegExp(`^1(199|200|201) s ${where} PostgreSQL$`))
  expect(await response.json()).toEqual({ status: 'not ready', database: 'ok', redis: 'ok', clock })
})

// Mutation check: listeners told of a right clock alone.
test('a clock that goes wrong, and right again, is seen', async () => {
  const { database } = await appForThisTest()
  let seconds = 0
  const clock: Clock = { now: () => skewedBy(seconds).now(), sqlNow: systemClock.sqlNow }
  const skew = new ClockSkew({ database, clock, metrics: new Metrics(), log })
  const told: boolean[] = []
  skew.watch((isRight) => told.push(isRight))
  for (seconds of [0, 20, 45, 60, -20, -45, 0]) await skew.check()
  expect(told).toEqual([true, false, true, false, true])
  expect(skew.problem).toBeNull()
})

/** A worker with one job, on the Redis of this test, whose clock is right or wrong as it is told. */
function workerOn(redisUrl: string, state: { isRight: boolean; runs: number }) {
  let tell = (_isRight: boolean) => {}
  const runner = {
    run: async (_job: unknown, _stop: unknown, { withoutRedis = false } = {}) => {
      if (!withoutRedis) state.runs++
      return { outcome: 'done', stats: null }
    },
  }
  const job = { name: 'often', everyMs: 100, run: async () => ({}) }
  const clockSkew = {
    watch(listener: (isRight: boolean) => void) {
      tell = listener
      listener(state.isRight)
    },
  }
  const scheduler = new Scheduler({
    redisUrl,
    jobs: [job],
    sweep: { job, everyMs: 3_600_000 },
    runner: runner as unknown as JobRunner,
    clockSkew,
    log,
  })
  onTestFinished(() => scheduler.stop())
  return { scheduler, tell: (isRight: boolean) => tell(isRight) }
}

// Mutation check: `#work` of scheduler.ts with true, whatever it is told; no resume() in it.
test('a worker takes no job while its clock is wrong, and takes them again when it is right', { timeout: 60_000 }, async () => {
  const { config } = await appForThisTest()
  const [right, wrong] = [
    { isRight: true, runs: 0 },
    { isRight: false, runs: 0 },
  ]
  const first = workerOn(config.REDIS_URL, wrong)
  await first.scheduler.start()
  const second = workerOn(config.REDIS_URL, right)
  await second.scheduler.start()
  await expect.poll(() => right.runs, soon).toBeGreaterThan(20)
  expect(wrong.runs).toBe(0)

  first.tell(true)
  await expect.poll(() => wrong.runs, soon).toBeGreaterThan(0)
})
