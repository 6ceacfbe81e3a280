import { Redis } from 'ioredis'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { midnightReset } from '../../src/jobs/midnight-reset.job.js'
import { appForThisTest } from '../support/app.js'
import { seedDueMembers } from '../support/days.js'
import { compile, startJob } from '../support/processes.js'

const rounds = process.env.LONG === 'true' ? 20 : 1
const soon = { timeout: 30_000, interval: 10 }
const never = new AbortController().signal
beforeAll(compile)

/**
 * What keeps it so are the locks and the receipts, not the mutex. Mutation check: red when `SKIP LOCKED` is taken out of lockDueMembers (the
 * other one waits behind the stopped one, until PostgreSQL ends its transaction), when its whole lock is (it waits for the receipts), and
 * when these are inserted `ON CONFLICT DO NOTHING` besides (where they are not waited for, a chunk of days is closed twice).
 */
test(`a holder of the mutex that is stopped past its end while another one runs, ${rounds} times: no double effect`, {
  timeout: 600_000,
}, async () => {
  const app = await appForThisTest()
  const redis = new Redis(app.config.REDIS_URL)
  onTestFinished(() => redis.disconnect())
  const isHeld = () => redis.exists('mutex:{midnight-reset}')
  const closedDays = () => app.database.dayClose.count()
  for (let met = 0; met < rounds; ) {
    await app.database.$executeRaw`TRUNCATE member CASCADE`
    await seedDueMembers(app, { members: 20_000, lines: 5 })
    const holder = startJob(app.config, midnightReset.name, { ttlMs: 1_000 })
    await vi.waitFor(async () => expect(await closedDays()).toBeGreaterThan(0), soon)
    const held = await isHeld()
    holder.kill('SIGSTOP')
    await vi.waitFor(async () => expect(await isHeld()).toBe(0), soon)
    const before = await closedDays()
    expect(before, 'closed when it was stopped').toBeLessThan(20_000)

    const other = app.app.runner.run(midnightReset, never)
    // All but the two chunks that the stopped one may be in.
    await vi.waitFor(async () => expect(await closedDays()).toBeGreaterThan(19_000), { ...soon, timeout: 60_000 })
    holder.kill('SIGCONT')
    const [first, { outcome, stats: second }] = await Promise.all([holder.ended, other])
    expect(outcome).toBe('done')
    expect((first?.days ?? 0) + (second?.days ?? 0), 'days that both have closed').toBe(20_000)
    expect(await closedDays()).toBe(20_000)
    expect(await app.app.closing.findViolations()).toEqual([])
    // It had the mutex, and was in the middle of a chunk, which it finished beside the other one.
    if (held && (first?.days ?? 0) > before) met++
  }
})
