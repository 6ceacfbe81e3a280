import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { serviceUnavailable } from '../errors.js'
import { type Database, type Queryable, sqlState } from './database.js'
import { remainingMs } from './deadline.js'
import type { Log } from './log.js'
import { tellingConnections } from './pool.js'
import { statementsOn } from './statements.js'

/** A transaction that is under way. */
export type Tx = Queryable

/** Something idempotent that follows a commit. Where it fails it is logged: the commit stands. */
export type Effect = () => Promise<void>

export type UnitOfWork = { tx: Tx; afterCommit(effect: Effect): void }

export type Transact = <T>(work: (unit: UnitOfWork) => Promise<T>) => Promise<T>

const retryable = new Set(['40P01' /* deadlock */, '40001' /* serialization */, '55P03' /* lock timeout */])
const attempts = 4

type Options = {
  maxWaitMs: number
  /** For a whole transaction; PostgreSQL's own for a statement is the same. */
  timeoutMs: number
  preparedStatements: boolean
  log: Log
}

/**
 * Runs a unit of work in one interactive transaction, then its effects. A deadlock, a serialization failure or a lock
 * timeout is tried again, with jitter, from a fresh closure: but only where the work itself failed, never once a
 * COMMIT may have been sent. None of it outlives the deadline of the operation that it is part of.
 */
export function createTransact(database: Database, options: Options): Transact {
  return async function transact<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (remainingMs() <= 0) throw serviceUnavailable()
      const effects: Effect[] = []
      let committing = false
      try {
        const result = await interactively(database, options, async (tx) => {
          // Only where it must be shorter than the connection's own: a round trip more.
          if (remainingMs() < options.timeoutMs) await limitStatements(tx, remainingMs())
          const value = await work({ tx, afterCommit: (effect) => effects.push(effect) })
          committing = true
          return value
        })
        await Promise.all(effects.map((effect) => effect().catch((err) => options.log.warn({ err }, 'an effect after a commit failed'))))
        return result
      } catch (error) {
        if (committing || attempt === attempts || !retryable.has(sqlState(error) ?? '')) throw error
        await sleep(Math.random() * 20 * 2 ** attempt)
      }
    }
  }
}

/**
 * An interactive transaction of Prisma's, whose statements go straight to its connection: Prisma begins it, commits it or
 * rolls it back. No statement may follow that, when the connection is somebody else's. So none is sent once the work has
 * ended or its time is over, and Prisma, which would roll back at its own time-out, is given longer than the last
 * statement can take.
 */
async function interactively<T>(database: Database, { maxWaitMs, timeoutMs, preparedStatements }: Options, work: (tx: Tx) => Promise<T>) {
  let connection: PoolClient | undefined
  let isOpen = true
  const allowedMs = Math.min(timeoutMs, leftMs())
  const taken = (one: PoolClient) => {
    connection ??= one
  }
  return tellingConnections(taken, () =>
    database.$transaction(
      async () => {
        if (!connection) throw new Error('The connection of the transaction is not known.')
        const endsAt = performance.now() + allowedMs
        const check = () => {
          if (!isOpen || performance.now() > endsAt) throw serviceUnavailable()
        }
        return work(statementsOn(connection, { preparedStatements, check })).finally(() => {
          isOpen = false
        })
      },
      { maxWait: Math.min(maxWaitMs, leftMs()), timeout: allowedMs + timeoutMs + 1_000 },
    ),
  )
}

/** Prisma takes whole milliseconds, and zero for "no limit". */
const leftMs = () => Math.max(1, Math.ceil(remainingMs()))

const limitStatements = (tx: Tx, ms: number) =>
  tx.$executeRaw`SELECT set_config('statement_timeout', ${`${Math.max(1, Math.ceil(ms))}`}, true)`
