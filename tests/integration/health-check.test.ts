import { expect, onTestFinished, test } from 'vitest'
import { createHealthCheck } from '../../src/database/health-check.js'
import { unavailable } from '../../src/database/unavailable.js'
import { appForThisTest } from '../support/app.js'
import { startPostgresForATest } from '../support/postgres.js'
import { query } from '../support/query.js'

async function startHealthCheck() {
  const postgres = await startPostgresForATest()
  onTestFinished(() => postgres.stop())
  const health = createHealthCheck(postgres.url, { pgBouncer: false })
  onTestFinished(() => health.end())
  return { postgres, health }
}

/** Mutation check: with a check that asks the pool, it takes three seconds. */
test('a process whose pool is used up is ready', async () => {
  const app = await appForThisTest({ config: { DATABASE_POOL_SIZE: 2 } })
  let used = true
  // Until the first of the two ends: a check that waits for its connection is answered before the other one ends.
  const sleep = () =>
    app.database.$queryRaw`SELECT pg_sleep(3)::text`.finally(() => {
      used = false
    })
  const sleeping = Promise.all([sleep(), sleep()])
  const asleep = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
  await expect.poll(async () => (await query(app.config.DATABASE_URL, asleep)).length).toBe(2)
  for (let times = 0; times < 5; times++) expect((await fetch(`${app.url}/readyz`)).status).toBe(200)
  expect(used).toBe(true)
  await sleeping
})

/** Mutation check: without `query_timeout` the first look lasts as long as PostgreSQL hangs; without `connectionTimeoutMillis` the second. */
test('of a PostgreSQL that hangs it is told within a second, and of one that is back again', async () => {
  const { postgres, health } = await startHealthCheck()
  await health.check()
  postgres.door.delay(5_000)
  for (let times = 0; times < 3; times++) {
    const started = performance.now()
    await expect(health.check()).rejects.toThrow()
    expect(performance.now() - started).toBeLessThan(1_000)
  }
  postgres.door.delay(0)
  await health.check()
})

/** Mutation check: with `SELECT 1` a standby passes; with a statement that succeeds there, the connection to it stays. */
test('a standby is told of, on a connection that is not kept, until it is promoted', async () => {
  const { postgres, health } = await startHealthCheck()
  await postgres.restartAsStandby()
  const error = await health.check().catch((error) => error)
  expect(error).toMatchObject({ code: '55000' })
  expect(unavailable(error)?.code).toBe('SERVICE_UNAVAILABLE')
  const connections = () => query(postgres.directUrl(), "SELECT FROM pg_stat_activity WHERE application_name = 'doorstep health'")
  await expect.poll(connections, { timeout: 5_000 }).toEqual([])
  await postgres.promote()
  await health.check()
})
