import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createDatabase } from '../../src/database/database.js'
import { createTransact } from '../../src/database/transaction.js'
import { createLog } from '../../src/log.js'
import { query } from '../support/query.js'

const log = createLog('silent')
const timeouts = { statementTimeoutMs: 30_000, lockTimeoutMs: 30_000, maxWaitMs: 30_000 }

/** A database client over five connections, and a table of numbers. */
async function connected() {
  const url = inject('databaseUrl')
  const table = 'written'
  await query(url, `CREATE TABLE ${table} (number int)`)
  onTestFinished(async () => void (await query(url, `DROP TABLE ${table}`)))
  const database = createDatabase({ url, poolSize: 5, preparedStatements: true, log, ...timeouts })
  onTestFinished(() => database.disconnect())
  const written = async () => (await query(url, `SELECT number FROM ${table} ORDER BY number`)).map(({ number }) => number)
  return { ...database, transact: createTransact(database, { maxWaitMs: 30_000, timeoutMs: 30_000, log }), written }
}

/** 300 transactions, a third of which fail, beside single statements of both kinds. Each statement says in which transaction it ran. */
test('every statement of a transaction goes to its own connection, however many begin at once', async () => {
  const { prisma, sqlClient, transact, written } = await connected()
  const fails = (number: number) => number % 3 === 0
  const numbers = Array.from({ length: 300 }, (_, number) => number)
  const outcomes = await Promise.allSettled(
    numbers.map(async (number) => {
      await sleep(number % 7)
      await (number % 2 ? prisma : sqlClient).$queryRaw`SELECT 1`
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
  expect(await written()).toEqual(numbers.filter((number) => !fails(number)))
})

/**
 * Mutation check: statements that go to a connection which a pool was made to tell, instead of through `tx`, as they did up to
 * 2525824, leave rows, and transactions that know no connection.
 */
test('a transaction that is rolled back leaves nothing, beside as many that others begin the ordinary way', async () => {
  const { prisma, transact, written } = await connected()
  const numbers = Array.from({ length: 100 }, (_, number) => number)
  await Promise.all(
    numbers.map(async (number) => {
      await sleep(number % 7)
      const ordinary = prisma.$transaction((tx) => tx.$executeRaw`SELECT ${number}::int`, { maxWait: 30_000, timeout: 30_000 })
      const thrown = transact(async ({ tx }) => {
        await tx.$executeRaw`INSERT INTO written VALUES (${number}::int)`
        throw new Error('as it happens')
      })
      await expect(thrown).rejects.toThrow('as it happens')
      await ordinary
    }),
  )
  expect(await written()).toEqual([])
})

test('PostgreSQL keeps the plans of a transaction’s statements, by the names that single statements have too', async () => {
  const { sqlClient, transact } = await connected()
  const prepared = await transact(async ({ tx }) => {
    await tx.$queryRaw`SELECT ${1}::int AS kept`
    return tx.$queryRaw<{ name: string; statement: string }[]>`SELECT name, statement FROM pg_prepared_statements`
  })
  const name = prepared.find(({ statement }) => statement === 'SELECT $1::int AS kept')?.name
  expect(name).toMatch(/^[\w-]{32}$/)
  await sqlClient.$queryRaw`SELECT ${1}::int AS kept`
  const after = await sqlClient.$queryRaw<
    { name: string }[]
  >`SELECT name FROM pg_prepared_statements WHERE statement = 'SELECT $1::int AS kept'`
  expect(after).toEqual([{ name }])
})
