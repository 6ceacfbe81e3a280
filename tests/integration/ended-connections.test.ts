import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createDatabase } from '../../src/database/database.js'
import { createTransact } from '../../src/database/transaction.js'
import { unavailable } from '../../src/database/unavailable.js'
import { ApiError } from '../../src/errors.js'
import { Prisma } from '../../src/generated/prisma/client.js'
import { createLog } from '../../src/log.js'
import { startPostgresForATest } from '../support/postgres.js'
import { query } from '../support/query.js'

const rounds = 40

/**
 * Every connection is ended again and again while 24 callers use them.
 *
 * Mutation check: without the listener that database.ts gives each connection, an error finds nobody who listens to it, in
 * between the pool's listening and Prisma's, and would have ended the process; without `isDriverAdapterError` in
 * `driverError`, or without the words in unavailable.ts, some failures are faults of ours.
 */
test(`connections that PostgreSQL ends under load, ${rounds} times: no unheard error, each failure SERVICE_UNAVAILABLE, no acknowledged row lost`, async () => {
  const name = `ended_${randomUUID().replaceAll('-', '')}`
  const url = inject('databaseUrl')
  await query(url, `CREATE TABLE ${name} (number int)`)
  onTestFinished(async () => void (await query(url, `DROP TABLE ${name}`)))
  const unheard: unknown[] = []
  const hear = (error: unknown) => void unheard.push(error)
  process.on('uncaughtException', hear)
  onTestFinished(() => void process.off('uncaughtException', hear))

  const own = Object.assign(new URL(url), { search: `?application_name=${name}` }).href
  const timeouts = { statementTimeoutMs: 10_000, lockTimeoutMs: 5_000, maxWaitMs: 5_000 }
  const log = createLog('silent')
  const database = createDatabase({ url: own, poolSize: 8, preparedStatements: true, log, ...timeouts })
  onTestFinished(() => database.disconnect())
  const transact = createTransact(database, { maxWaitMs: 5_000, timeoutMs: 10_000, log })

  let ended = false
  let next = 0
  const acknowledged: number[] = []
  const failures: unknown[] = []
  const callers = Array.from({ length: 24 }, async () => {
    while (!ended) {
      const number = next++
      try {
        if (number % 2) await database.sqlClient.$queryRaw`SELECT ${number}::int`
        await transact(async ({ tx }) => {
          await tx.$queryRaw`SELECT ${number}::int`
          await tx.$executeRaw(Prisma.raw(`INSERT INTO ${name} VALUES (${number})`))
        })
        acknowledged.push(number)
      } catch (error) {
        failures.push(error)
      }
    }
  })
  for (let round = 0; round < rounds; round++) {
    const before = acknowledged.length
    await query(url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}'`)
    for (let waitedMs = 0; acknowledged.length === before && waitedMs < 5_000; waitedMs += 10) await sleep(10)
  }
  ended = true
  await Promise.all(callers)

  expect(unheard).toEqual([])
  expect(failures.length).toBeGreaterThan(rounds)
  const others = failures.filter((error) => !(error instanceof ApiError) && unavailable(error) === null)
  expect(others).toEqual([])
  const rows = new Set((await query(url, `SELECT number FROM ${name}`)).map(({ number }) => number))
  expect(acknowledged.filter((number) => !rows.has(number))).toEqual([])
})

/**
 * A host that vanishes: what was sent to it is never answered, and its connections are not ended. Another one answers at its address.
 *
 * Mutation check: red without `endSilentConnections`: what hangs holds every place of the pool for as long as the test waits.
 */
test('connections that fall silent are ended, and the pool serves again', { timeout: 60_000 }, async () => {
  const postgres = await startPostgresForATest()
  onTestFinished(() => postgres.stop())
  const timeouts = { statementTimeoutMs: 500, lockTimeoutMs: 500, maxWaitMs: 500 }
  const log = createLog('silent')
  const database = createDatabase({ url: postgres.url, poolSize: 3, preparedStatements: true, log, ...timeouts })
  onTestFinished(() => database.disconnect())
  const transact = createTransact(database, { maxWaitMs: 500, timeoutMs: 1_000, log })
  const idle = await Promise.all([1, 2, 3].map((number) => database.sqlClient.$queryRaw`SELECT ${number}::int, pg_sleep(0.1)::text`))
  expect(idle).toHaveLength(3)

  postgres.door.forget()
  const hung = [
    database.sqlClient.$queryRaw`SELECT 1`,
    transact(({ tx }) => tx.$queryRaw`SELECT 1`),
    database.prisma.$queryRaw`SELECT 1`,
  ].map((statement) =>
    statement.then(
      () => null,
      (error: unknown) => error,
    ),
  )
  await expect.poll(() => database.sqlClient.$queryRaw`SELECT 1 AS one`.catch(() => null), { timeout: 20_000 }).toEqual([{ one: 1 }])
  for (const error of await Promise.all(hung)) expect(error instanceof ApiError || unavailable(error), String(error)).toBeTruthy()
  await transact(({ tx }) => tx.$queryRaw`SELECT 1`)
  expect(database.pool.waitingCount).toBe(0)
})
