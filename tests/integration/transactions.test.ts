import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createDatabase } from '../../src/database/database.js'
import { createTransact } from '../../src/database/transaction.js'
import { createLog } from '../../src/log.js'
import { query } from '../support/query.js'

/**
 * 300 transactions over 5 connections, a third of which fail, beside single statements of both kinds. Each statement says
 * in which transaction it ran. Red with the turns of pool.ts taken out (`await turn`): transactions get one another's connections.
 */
test('every statement of a transaction goes to its own connection, however many begin at once', async () => {
  const url = inject('databaseUrl')
  await query(url, 'CREATE TABLE written (number int)')
  onTestFinished(async () => void (await query(url, 'DROP TABLE written')))
  const log = createLog('silent')
  const timeouts = { statementTimeoutMs: 30_000, lockTimeoutMs: 30_000, maxWaitMs: 30_000 }
  const database = createDatabase({ url, poolSize: 5, preparedStatements: true, log, ...timeouts })
  onTestFinished(() => database.disconnect())
  const transact = createTransact(database, { maxWaitMs: 30_000, timeoutMs: 30_000, log })
  const statements = database.statementsOf(database.pool)

  const fails = (number: number) => number % 3 === 0
  const numbers = Array.from({ length: 300 }, (_, number) => number)
  const outcomes = await Promise.allSettled(
    numbers.map(async (number) => {
      await sleep(number % 7)
      await (number % 2 ? database.prisma : statements).$queryRaw`SELECT 1`
      return transact(async ({ tx }) => {
        const current = async () => (await tx.$queryRaw<{ id: string }[]>`SELECT pg_current_xact_id()::text AS id`)[0]?.id
        const id = await current()
        await tx.$executeRaw`INSERT INTO written VALUES (${number}::int)`
        if (fails(number)) throw new Error('as it happens')
        return (await current()) === id
      })
    }),
  )
  expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value)).toEqual(numbers.map((number) => !fails(number)))
  const written = await query(url, 'SELECT number FROM written ORDER BY number')
  expect(written.map(({ number }) => number)).toEqual(numbers.filter((number) => !fails(number)))
})
