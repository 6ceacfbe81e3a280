import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { Queryable } from '../../src/database/database.js'
import { createDatabase, type DatabaseOptions } from '../../src/database/database.js'
import { createTransact, type Transact } from '../../src/database/transaction.js'
import { unavailable } from '../../src/database/unavailable.js'
import { ApiError } from '../../src/errors.js'
import { Prisma } from '../../src/generated/prisma/client.js'
import { createLog } from '../../src/log.js'
import { appForThisTest } from '../support/app.js'
import { Client } from '../support/client.js'
import { query } from '../support/query.js'

type Connect = (options?: Partial<DatabaseOptions>) => { database: Queryable; statements: Queryable; transact: Transact }
const url = () => inject('databaseUrl')

/** A statement by way of Prisma, and one past it. */
const toAStatement = (where: string, options: () => Promise<Partial<DatabaseOptions>>): typeof provocations => ({
  [`${where}, to a statement`]: async (connect) => connect(await options()).database.$queryRaw`SELECT 1`,
  [`${where}, to a statement past Prisma`]: async (connect) => connect(await options()).statements.$queryRaw`SELECT 1`,
})

/** Each fails as it would in production, by the real server or the real driver. */
const provocations: Record<string, (connect: Connect) => Promise<unknown>> = {
  ...toAStatement('nobody listens', async () => ({ url: nobody })),
  'nobody listens, to a transaction': (connect) => connect({ url: nobody }).transact(one),
  ...toAStatement('there is no such host', async () => ({ url: 'postgresql://x:x@nowhere.invalid/x' })),
  // No connection is ever made to the address of everybody.
  ...toAStatement('there is no way to the host', async () => ({ url: 'postgresql://x:x@255.255.255.255/x' })),
  ...toAStatement('the connection is reset', async () => ({ url: await serverThat((socket) => socket.resetAndDestroy()) })),
  ...toAStatement('the connection is closed', async () => ({ url: await serverThat((socket) => socket.destroy()) })),
  ...toAStatement('nobody answers', async () => ({ url: await serverThat(() => {}), maxWaitMs: 100 })),
  ...toAStatement('there are too many connections', async () => ({ url: await fullRole() })),
  'there are too many connections, for a transaction': async (connect) => connect({ url: await fullRole() }).transact(one),
  'the pool is used up, for a statement': (connect) => {
    const { database, transact } = connect({ poolSize: 1, maxWaitMs: 100 })
    return transact(() => database.$queryRaw`SELECT 1`)
  },
  'the pool is used up, for a statement past Prisma': (connect) => {
    const { statements, transact } = connect({ poolSize: 1, maxWaitMs: 100 })
    return transact(() => statements.$queryRaw`SELECT 1`)
  },
  'the pool is used up, for a transaction': (connect) => {
    const { transact } = connect({ poolSize: 1, maxWaitMs: 100 })
    return transact(() => transact(one))
  },
  'a statement takes too long': (connect) => connect({ statementTimeoutMs: 100 }).database.$executeRaw`SELECT pg_sleep(60)`,
  'a statement past Prisma takes too long': (connect) => connect({ statementTimeoutMs: 100 }).statements.$queryRaw`SELECT pg_sleep(60)`,
  'a transaction takes too long': (connect) =>
    connect({ statementTimeoutMs: 100 }).transact(async (unit) => {
      await sleep(150)
      await one(unit)
    }),
  'a lock takes too long': async (connect) => {
    const [holder, waiter] = [connect(), connect({ lockTimeoutMs: 100 })]
    const lock = ({ tx }: Unit) => tx.$executeRaw`SELECT pg_advisory_xact_lock(9090)`
    return holder.transact(async (unit) => {
      await lock(unit)
      await waiter.transact(lock)
    })
  },
  'the server ends the connection, under a statement': (connect) => end(connect().database),
  'the server ends the connection, under a statement past Prisma': (connect) =>
    connect().statements.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`,
  'the server ends the connection, between the statements of a transaction': (connect) =>
    connect().transact(async (unit) => {
      await end(unit.tx).catch(() => {})
      await one(unit).catch(() => {})
      await one(unit)
    }),
  'the server ends the connection, before the COMMIT': (connect) => connect().transact(({ tx }) => end(tx).catch(() => {})),
  'the server is out of memory at the COMMIT': (connect) =>
    connect().transact(async ({ tx }) => {
      for (const statement of failingAtCommit('53200')) await tx.$executeRaw(Prisma.raw(statement))
    }),
  'the server ends a transaction that does nothing': (connect) =>
    connect().transact(async (unit) => {
      const [{ pid } = { pid: 0 }] = await unit.tx.$queryRaw<{ pid: number }[]>`
        SELECT pg_backend_pid() AS pid, set_config('idle_in_transaction_session_timeout', '50', true)`
      await expect.poll(() => query(url(), `SELECT pid FROM pg_stat_activity WHERE pid = ${pid}`), { timeout: 10_000 }).toEqual([])
      await one(unit)
    }),
  // What a test can't bring about: a crash, a start, a failover to what is a standby still, no memory, no disk.
  ...Object.fromEntries(
    ['08006', '53100', '53200', '57P02', '57P03', '25006', '40001', '40P01', '55000'].map((state) => [
      `a statement fails with ${state}`,
      (connect: Connect) => connect().transact(({ tx }) => raise(tx, state)),
    ]),
  ),
}

type Unit = Parameters<Parameters<Transact>[0]>[0]
const nobody = 'postgresql://x:x@127.0.0.1:1/x'
const one = ({ tx }: Unit) => tx.$queryRaw`SELECT 1`
const end = (db: Pick<Queryable, '$executeRaw'>) => db.$executeRaw`SELECT pg_terminate_backend(pg_backend_pid())`
const raise = (db: Pick<Queryable, '$executeRaw'>, state: string) =>
  db.$executeRaw(Prisma.raw(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${state}'; END $$`))
/** A deferred trigger that fails when the transaction wants to commit. */
const failingAtCommit = (state: string) => [
  'CREATE TEMPORARY TABLE late_fault () ON COMMIT DROP',
  `CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${state}'; END $$`,
  'CREATE CONSTRAINT TRIGGER late_fault AFTER INSERT ON late_fault DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.fail()',
  'INSERT INTO late_fault DEFAULT VALUES',
]

async function serverThat(treats: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    // After the first bytes: a client that is still connecting would call it something else.
    socket.once('data', () => treats(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `postgresql://x:x@127.0.0.1:${(server.address() as AddressInfo).port}/x`
}

async function fullRole() {
  const name = `full_${randomUUID().replaceAll('-', '')}`
  await query(url(), `CREATE ROLE ${name} LOGIN PASSWORD 'x' CONNECTION LIMIT 0`)
  onTestFinished(async () => void (await query(url(), `DROP ROLE ${name}`)))
  return Object.assign(new URL(url()), { username: name, password: 'x' }).href
}

function connecting(): Connect {
  const log = createLog('silent')
  return (changed) => {
    const limits = { poolSize: 2, statementTimeoutMs: 10_000, lockTimeoutMs: 5_000, maxWaitMs: 5_000 }
    const options = { url: url(), ...limits, preparedStatements: true, log, ...changed }
    const database = createDatabase(options)
    onTestFinished(() => database.disconnect())
    return {
      database: database.prisma,
      statements: database.sqlClient,
      transact: createTransact(database, { maxWaitMs: options.maxWaitMs, timeoutMs: options.statementTimeoutMs, log }),
    }
  }
}

async function failure(provoke: (connect: Connect) => Promise<unknown>): Promise<unknown> {
  return provoke(connecting()).then(
    () => expect.unreachable('Nothing failed.'),
    (error) => error,
  )
}

// Mutation check: red with any one of the sets, or the words, taken out of unavailable.ts; the set of the system's codes by the next test.
test.each(Object.entries(provocations))('SERVICE_UNAVAILABLE where %s', async (_where, provoke) => {
  const error = await failure(provoke)
  const rejection = error instanceof ApiError ? error : unavailable(error)
  expect(rejection?.code, String(error)).toBe('SERVICE_UNAVAILABLE')
})

// Mutation check: red for each that is taken out of the set of the system's codes.
test.each([
  ...['EPIPE', 'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
])('SERVICE_UNAVAILABLE where the driver hands on what the system said: %s', (code) => {
  expect(unavailable(Object.assign(new Error(`write ${code}`), { code }))?.code).toBe('SERVICE_UNAVAILABLE')
})

// Mutation check: red without endStandbyConnections in database.ts, by both pids alike.
test('a connection on which a transaction has met a standby is not used again', async () => {
  const { database, transact } = connecting()({ poolSize: 1 })
  const pid = async () => (await database.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid
  const pids = [await pid()]
  await expect(transact(({ tx }) => raise(tx, '42601'))).rejects.toThrow()
  pids.push(await pid())
  await expect(transact(({ tx }) => raise(tx, '25006'))).rejects.toThrow()
  pids.push(await pid())
  expect(pids.map((each) => each === pids[0])).toEqual([true, true, false])
})

test.each(['23505', '42601', '22P02', 'XX000'])('a fault of ours where a statement fails with %s', async (state) => {
  expect(unavailable(await failure((connect) => raise(connect().database, state)))).toBeNull()
})

test('a client is told so', async () => {
  const { url } = await appForThisTest({ config: { DATABASE_URL: nobody } })
  const rejection = await new Client(url).rejection('mutation { createSignInNonce { nonce } }')
  expect(rejection).toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('Try again') })
})

/** Prisma rolls back at its time-out, and rejects what comes later. */
test('nothing is written by a transaction whose time is over, nor by one that has ended', async () => {
  const { transact, statements } = connecting()({ statementTimeoutMs: 200, poolSize: 1 })
  const write = ({ tx }: Unit) => tx.$executeRaw`INSERT INTO late DEFAULT VALUES`
  const rejected = async (unit: Unit) => {
    const error = await write(unit).then(
      () => null,
      (error: unknown) => error,
    )
    expect(unavailable(error)?.code).toBe('SERVICE_UNAVAILABLE')
  }
  await statements.$executeRaw`CREATE TABLE IF NOT EXISTS late ()`
  onTestFinished(async () => void (await query(url(), 'DROP TABLE late')))

  let kept: Unit | undefined
  let rejections = 0
  const late = transact(async (unit) => {
    kept = unit
    await write(unit)
    for (const pauseMs of [300, 1_500]) {
      await sleep(pauseMs)
      await rejected(unit)
      rejections++
    }
  })
  await expect(late).rejects.toThrow()
  expect(rejections).toBe(2)
  await rejected(kept as Unit)
  expect(await query(url(), 'SELECT FROM late')).toHaveLength(0)
})
