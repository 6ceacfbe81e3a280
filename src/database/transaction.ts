import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { serviceUnavailable } from '../errors.js'
import type { Log } from '../log.js'
import { type Database, type Queryable, sqlState } from './database.js'

/** A transaction that is under way. */
export type Tx = Queryable

/** Something idempotent that follows a commit. Where it fails it is logged: the commit stands. */
export type Effect = () => Promise<void>

export type UnitOfWork = { tx: Tx; afterCommit(effect: Effect): void }

/** `timeoutMs`: for all of it, instead of the usual time. */
export type Transact = <T>(work: (unit: UnitOfWork) => Promise<T>, options?: { timeoutMs: number }) => Promise<T>

const retryable = new Set(['40P01' /* deadlock */, '40001' /* serialization */, '55P03' /* lock timeout */])
const attempts = 4

type Options = {
  maxWaitMs: number
  /** For all of it, retries too; PostgreSQL's own for a statement is the same. */
  timeoutMs: number
  log: Log
}

/**
 * Runs a unit of work in one interactive transaction, then its effects. A deadlock, a serialization failure or a lock
 * timeout is tried again, with jitter, from a fresh closure: but only where the work itself failed, never once a
 * COMMIT may have been sent.
 */
export function createTransact(database: Database, { maxWaitMs, timeoutMs: usualTimeoutMs, log }: Options): Transact {
  return async function transact<T>(work: (unit: UnitOfWork) => Promise<T>, { timeoutMs } = { timeoutMs: usualTimeoutMs }): Promise<T> {
    const endsAt = performance.now() + timeoutMs
    for (let attempt = 1; ; attempt++) {
      const effects: Effect[] = []
      let committing = false
      try {
        const result = await interactively(database, { maxWaitMs, timeoutMs, endsAt }, async (tx) => {
          const value = await work({ tx, afterCommit: (effect) => effects.push(effect) })
          committing = true
          return value
        })
        await Promise.all(effects.map((effect) => effect().catch((err) => log.warn({ err }, 'an effect after a commit failed'))))
        return result
      } catch (error) {
        const again = !committing && attempt < attempts && performance.now() < endsAt && retryable.has(sqlState(error) ?? '')
        if (!again) throw error
        await sleep(Math.random() * 20 * 2 ** attempt)
      }
    }
  }
}

type Times = { maxWaitMs: number; timeoutMs: number; endsAt: number }

/**
 * An interactive transaction of Prisma's, whose statements go straight to its connection: Prisma begins it, commits it or
 * rolls it back. No statement may follow that, when the connection is somebody else's. So none is sent once the work has
 * ended or its time is over, and Prisma, which would roll back at its own time-out, is given longer than the last
 * statement can take.
 */
async function interactively<T>({ prisma, pool, statementsOf }: Database, times: Times, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { maxWaitMs, timeoutMs, endsAt } = times
  let connection: PoolClient | undefined
  let isOpen = true
  const check = () => {
    if (!isOpen || performance.now() > endsAt) throw serviceUnavailable()
  }
  const taken = (one: PoolClient) => {
    connection = one
  }
  return pool.telling(taken, () =>
    prisma.$transaction(
      async () => {
        if (!connection) throw new Error('The connection of the transaction is not known.')
        return work(statementsOf(connection, check)).finally(() => {
          isOpen = false
        })
      },
      { maxWait: maxWaitMs, timeout: 2 * timeoutMs + 1_000 },
    ),
  )
}
