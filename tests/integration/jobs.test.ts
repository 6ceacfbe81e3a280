import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from '../../src/app.js'
import { systemClock } from '../../src/clock.js'
import { startEmbedded } from '../../src/embedded/embedded.js'
import { runCommand } from '../../src/jobs/cli.js'
import { expiredPurge } from '../../src/jobs/expired-purge.job.js'
import type { Job } from '../../src/jobs/job.js'
import { jobs } from '../../src/jobs/jobs.js'
import { midnightReset } from '../../src/jobs/midnight-reset.job.js'
import { JobRunner } from '../../src/jobs/runner.js'
import { prefix, queueName, Scheduler } from '../../src/jobs/scheduler.js'
import { createLog } from '../../src/log.js'
import { Mutex } from '../../src/redis/mutex.js'
import { createRedis } from '../../src/redis/redis.js'
import { appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, lines, makeMember } from '../support/client.js'
import { seedDueMembers } from '../support/days.js'
import { ManualClock } from '../support/manual-clock.js'

/** A Redis of this file's own, since it is flushed, stopped and started again. */
let dataDir: string
let embedded: Awaited<ReturnType<typeof startEmbedded>>
let redis: Redis
const quiet = createLog('silent')
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'doorstep-jobs-'))
  embedded = await startEmbedded({ dataDir, postgres: false, redis: true, durable: false, log: quiet })
  redis = new Redis(embedded.redisUrl as string)
})
afterAll(async () => {
  redis.disconnect()
  await embedded.stop()
  await rm(dataDir, { recursive: true, force: true })
})
beforeEach(() => redis.flushall())

const soon = { timeout: 30_000, interval: 20 }
const never = new AbortController().signal
const worker = (config: object = {}) =>
  appForThisTest({ config: { REDIS_URL: embedded.redisUrl as string, ROLE: 'all', SWEEP_EVERY_SECONDS: 3_600, ...config } })
const runs = ({ database }: TestApp) => database.jobRun.findMany({ orderBy: { startedAt: 'asc' } })
const nights = async (app: TestApp) => (await runs(app)).filter(({ job }) => job === midnightReset.name).map(({ outcome }) => outcome)
const jobOf = (name: string, run: Job['run'], everyMs = 3_600_000): Job => ({ name, everyMs, run })
const runnerOf = ({ database, app: { closing } }: TestApp, mutex: Mutex) =>
  new JobRunner({ database, clock: systemClock, log: quiet, mutex, closing, purge: {} as never })

/** What a mutex would be that has expired: it keeps nobody out. */
const unguarded = {
  run: async (_: string, work: (signal: AbortSignal) => Promise<unknown>) => ({ state: 'held', result: await work(never) }),
}

/** A job that waits until it is let go on, and counts how many of it run at once. */
function gate(name: string) {
  const state = { running: 0, mostAtOnce: 0, open: () => {} }
  const opened = new Promise<void>((resolve) => {
    state.open = resolve
  })
  const job = jobOf(name, async () => {
    state.mostAtOnce = Math.max(state.mostAtOnce, ++state.running)
    await opened
    state.running--
    return {}
  })
  onTestFinished(() => state.open())
  return Object.assign(state, { job })
}
const rightClock = { watch: (listener: (isRight: boolean) => void) => listener(true) }
const closedDays = ({ database }: TestApp) => database.dayClose.count()
const queue = () => {
  const connection = new Redis(embedded.redisUrl as string, { maxRetriesPerRequest: null })
  const opened = new Queue(queueName, { connection, prefix })
  onTestFinished(async () => {
    await opened.close()
    connection.disconnect()
  })
  return opened
}

test('schedulers ring, and each run leaves a row with its counts', async () => {
  const app = await worker()
  await seedDueMembers(app, { members: 3, lines: 2 })
  await app.app.scheduler?.start()
  await vi.waitFor(async () => expect(await closedDays(app)).toBe(3), soon)
  await vi.waitFor(
    async () =>
      expect((await runs(app)).map(({ job, outcome, stats }) => ({ job, outcome, stats }))).toContainEqual({
        job: 'midnight-reset',
        outcome: 'done',
        stats: { members: 3, days: 3, failed: 0 },
      }),
    soon,
  )
  expect((await queue().getJobSchedulers()).map(({ key, every }) => [key, every]).sort()).toEqual(
    jobs.map(({ name, everyMs }) => [name, everyMs]).sort(),
  )
})

test('a scheduler that the code no longer declares is removed', async () => {
  await queue().upsertJobScheduler('of-yesterday', { every: 60_000 }, { name: 'of-yesterday' })
  const app = await worker()
  await app.app.scheduler?.start()
  await vi.waitFor(
    async () => expect((await queue().getJobSchedulers()).map(({ key }) => key).sort()).toEqual(jobs.map(({ name }) => name).sort()),
    soon,
  )
})

/** Red when the schedulers are declared with a cron pattern instead of `every`: the overdue run is then removed. */
test('a deployment over midnight: what was due meanwhile is closed by the first ring after it', async () => {
  const app = await worker()
  // The process before had declared them, and died. Its next ring is overdue by the time this one starts.
  const before = queue()
  for (const { name } of jobs) await before.upsertJobScheduler(name, { every: 300 }, { name })
  await sleep(400)
  await seedDueMembers(app, { members: 2, lines: 1 })
  await app.app.scheduler?.declare()
  await app.app.scheduler?.start()
  await vi.waitFor(async () => expect(await closedDays(app)).toBe(2), soon)
})

/** Red when the timer of the sweep is taken out, and when it rings every third period only. */
test('however often Redis is emptied, the day is closed within two periods of the sweep', async () => {
  const periodSeconds = 3
  const app = await worker({ SWEEP_EVERY_SECONDS: periodSeconds })
  await app.app.scheduler?.start()
  // The rings of the start are over, and the next ones will be erased: the sweep is all that is left.
  await vi.waitFor(
    async () => expect((await runs(app)).filter(({ finishedAt }) => finishedAt).length).toBeGreaterThanOrEqual(jobs.length),
    soon,
  )
  let flushing = true
  const flushes = (async () => {
    while (flushing) {
      await redis.flushall()
      await sleep(5)
    }
  })()
  await seedDueMembers(app, { members: 5, lines: 1 })
  const dueAt = Date.now()
  await vi
    .waitFor(async () => expect(await closedDays(app)).toBe(5), soon)
    .finally(() => {
      flushing = false
    })
  await flushes
  const last = await app.database.dayClose.findFirstOrThrow({ orderBy: { closedAt: 'desc' } })
  expect(last.closedAt.getTime() - dueAt).toBeLessThan(2 * periodSeconds * 1_000)
  await vi.waitFor(async () => expect(await queue().getJobSchedulersCount()).toBe(jobs.length), soon)
})

test('without any Redis the sweep goes on, and the app starts and stops', async () => {
  const app = await worker({ REDIS_URL: 'redis://127.0.0.1:1', SWEEP_EVERY_SECONDS: 1 })
  await app.app.scheduler?.start()
  await seedDueMembers(app, { members: 5, lines: 1 })
  await vi.waitFor(async () => expect(await closedDays(app)).toBe(5), soon)
  expect(await app.app.runner.run(midnightReset, never)).toEqual({ outcome: 'skipped', stats: null })
  const ready = await (await fetch(`${app.url}/readyz`)).json()
  expect(ready).toEqual({ status: 'ok', database: 'ok', redis: 'out of reach' })
})

test('of two runs at once one is skipped, which is no failure', async () => {
  const app = await worker()
  await seedDueMembers(app, { members: 600, lines: 5 })
  const outcomes = await Promise.all([app.app.runner.run(midnightReset, never), app.app.runner.run(midnightReset, never)])
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['done', 'skipped'])
  expect((await runs(app)).map(({ outcome }) => outcome).sort()).toEqual(['done', 'skipped'])
})

test('a mutex is lost when its key is: the signal aborts, and the work ends between two chunks', async () => {
  const mutex = new Mutex(redis, { log: quiet, ttlMs: 400 })
  const outcome = await mutex.run('lost', async (signal) => {
    await redis.flushall()
    await vi.waitFor(() => expect(signal.aborted).toBe(true), soon)
    return 'ended'
  })
  expect(outcome).toEqual({ state: 'held', result: 'ended' })
})

// Mutation check: `busy` said for every error of redlock, and `unreachable` said for every one.
test('a mutex that another one holds is busy, and one that cannot be asked for is unreachable', async () => {
  const mutex = new Mutex(redis, { log: quiet })
  const second = await mutex.run('wanted', () => new Mutex(redis, { log: quiet }).run('wanted', async () => 1))
  expect(second).toEqual({ state: 'held', result: { state: 'busy' } })
  const gone = createRedis('redis://127.0.0.1:1', quiet)
  onTestFinished(() => gone.disconnect())
  expect(await new Mutex(gone, { log: quiet }).run('wanted', async () => 1)).toEqual({ state: 'unreachable' })
})

test('what the work throws comes out of the mutex, and leaves it free', async () => {
  const mutex = new Mutex(redis, { log: quiet })
  await expect(mutex.run('thrown', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await mutex.run('thrown', async () => 1)).toEqual({ state: 'held', result: 1 })
})

// Mutation check: red with `startRun` before the `try` of JobRunner: nobody is told.
test('a run that cannot even be written down is told of, as any that fails', async () => {
  const app = await worker()
  const logged: string[] = []
  const ran: string[] = []
  const runner = new JobRunner({
    database: { $executeRaw: () => Promise.reject(new Error('connect ECONNREFUSED')) } as never,
    clock: systemClock,
    log: createLog('warn', { write: (line: string) => void logged.push(line) }),
    mutex: new Mutex(redis, { log: quiet }),
    closing: app.app.closing,
    purge: {} as never,
    metrics: { ran: (job, { outcome }) => void ran.push(`${job} ${outcome}`) },
  })
  await expect(runner.run(midnightReset, never)).rejects.toThrow('ECONNREFUSED')
  expect(ran).toEqual(['midnight-reset failed'])
  expect(logged.map((line) => JSON.parse(line).msg)).toEqual(['a job failed'])
})

// Mutation check: 'done' for a run whose signal was aborted.
test('a run whose mutex is lost before its end is interrupted, and says how far it came', async () => {
  const app = await worker()
  const long = jobOf('long', async ({ signal }) => {
    await redis.flushall()
    await vi.waitFor(() => expect(signal.aborted).toBe(true), soon)
    return { chunks: 1 }
  })
  const runner = runnerOf(app, new Mutex(redis, { log: quiet, ttlMs: 400 }))
  expect(await runner.run(long, never)).toEqual({ outcome: 'interrupted', stats: { chunks: 1 } })
  expect((await runs(app)).map(({ outcome, stats }) => ({ outcome, stats }))).toEqual([{ outcome: 'interrupted', stats: { chunks: 1 } }])
})

/** A scheduler of jobs of a test's own, whose queue is this file's Redis. */
async function scheduled(
  app: TestApp,
  jobs: Job[],
  { redisUrl = embedded.redisUrl as string, everyMs = 3_600_000, runner = app.app.runner } = {},
) {
  const scheduler = new Scheduler({
    redisUrl,
    jobs,
    sweep: { job: jobs[0] as Job, everyMs },
    runner,
    clockSkew: rightClock,
    log: quiet,
  })
  onTestFinished(() => scheduler.stop())
  await scheduler.start()
  return scheduler
}

// Mutation check: `concurrency: 1` of the worker; and, for one at a time, no set of running jobs in the runner.
test('a long purge does not delay a night, and is not run twice at once', async () => {
  const app = await worker({ REDIS_URL: 'redis://127.0.0.1:1' })
  const [purge, night] = [gate('purge'), gate('night')]
  const runner = runnerOf(app, unguarded as never)
  await scheduled(app, [purge.job, night.job], { runner })
  await vi.waitFor(() => expect([purge.running, night.running]).toEqual([1, 1]), soon)
  expect(await runner.run(purge.job, never)).toEqual({ outcome: 'skipped', stats: null })
  expect(purge.mostAtOnce).toBe(1)
  for (const { open } of [purge, night]) open()
})

// Mutation check: a sweep begun though one is under way, by taking `??=` and the set of running jobs out.
test('sweeps do not overlap, neither with each other nor with a run of the same job, and stop() waits for one', async () => {
  const app = await worker({ REDIS_URL: 'redis://127.0.0.1:1' })
  const night = gate('night')
  const scheduler = await scheduled(app, [night.job], { redisUrl: 'redis://127.0.0.1:1', everyMs: 50 })
  await vi.waitFor(() => expect(night.running).toBe(1), soon)
  expect(await app.app.runner.run(night.job, never, { withoutRedis: true })).toEqual({ outcome: 'skipped', stats: null })
  await sleep(200)
  expect(night.mostAtOnce).toBe(1)
  let stopped = false
  const stopping = scheduler.stop().then(() => {
    stopped = true
  })
  await sleep(200)
  expect(stopped).toBe(false)
  night.open()
  await stopping
  expect(night.running).toBe(0)
})

// Mutation check: the purge swept too; the mutex left out of the sweep.
test('the sweep runs midnight-reset alone, and not while another worker has its mutex', async () => {
  const app = await worker({ SWEEP_EVERY_SECONDS: 1 })
  await new Mutex(redis, { log: quiet }).run(midnightReset.name, async () => {
    await seedDueMembers(app, { members: 2, lines: 1 })
    await app.app.scheduler?.start()
    await vi.waitFor(async () => expect((await nights(app)).filter((outcome) => outcome === 'skipped').length).toBeGreaterThan(2), soon)
    expect(await closedDays(app)).toBe(0)
  })
  await vi.waitFor(async () => expect(await closedDays(app)).toBe(2), soon)
  const purges = (await runs(app)).filter(({ job }) => job === expiredPurge.name)
  // Its one ring at the start.
  expect(purges.length).toBe(1)
})

test('a run that fails leaves its error, and is tried again', async () => {
  const app = await worker()
  let tries = 0
  const flaky = {
    name: 'flaky',
    everyMs: 3_600_000,
    async run() {
      if (++tries === 1) throw new Error('the first try fails')
      return { tries }
    },
  }
  await scheduled(app, [flaky])
  await vi.waitFor(
    async () =>
      expect((await runs(app)).map(({ outcome, error }) => [outcome, error])).toEqual([
        ['failed', 'Error: the first try fails'],
        ['done', null],
      ]),
    soon,
  )
})

test('the commands of the operator', async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock, config: { REDIS_URL: embedded.redisUrl as string, ROLE: 'all' } })
  await app.app.scheduler?.declare()
  const client = await makeMember(app)
  await addScenario(client, { basicMissions: lines('Keys') })
  clock.set('2026-03-16T12:00:00Z')
  const command = async (...words: string[]) => {
    const printed: string[] = []
    const code = await runCommand(app.app, words, (line) => printed.push(line))
    return { code, printed: printed.join('\n') }
  }
  expect(await command('verify')).toMatchObject({ code: 1, printed: expect.stringContaining('no active member waits for a closing') })
  expect(await command('run', 'midnight-reset')).toEqual({ code: 0, printed: 'midnight-reset: done {"members":1,"days":1,"failed":0}' })
  expect(await command('verify')).toEqual({ code: 0, printed: 'Every invariant holds.' })
  expect((await command('list')).printed).toMatch(
    /midnight-reset: every 60 s, next 20.*\n {2}2026-03-16T12:00:00.000Z done {"days":1,"failed":0,"members":1}\nexpired-purge: every 3600 s, next 20/,
  )
  expect((await command('restored')).printed).toBe('1 members go on from a revision that no client knows from a time that is undone.')
  const { listVersion, notificationRevision } = await app.database.member.findFirstOrThrow()
  expect({ listVersion, notificationRevision }).toEqual({ listVersion: 1_000_001, notificationRevision: 1_000_000_000n })
  expect(await command('run', 'nothing')).toMatchObject({ code: 2, printed: expect.stringContaining('npm run jobs -- verify') })
})

test('a worker answers about its health, and nothing else', async () => {
  const app = await worker({ ROLE: 'worker' })
  expect((await fetch(`${app.url}/readyz`)).status).toBe(200)
  expect(
    (
      await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ __typename }"}',
      })
    ).status,
  ).toBe(404)
  const api = await createApp({ ...app.config, ROLE: 'api' }, { log: quiet })
  expect(api.scheduler).toBeNull()
  await api.stop()
})
