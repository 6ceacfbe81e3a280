import { setTimeout as sleep } from 'node:timers/promises'
import { serviceUnavailable } from '../errors.js'
import type { Prisma } from '../generated/prisma/client.js'
import { type Database, sqlState } from './database.js'
import { remainingMs } from './deadline.js'
import type { Log } from './log.js'

export type Tx = Prisma.TransactionClient

/** Something idempotent that follows a commit. Where it fails it is logged: the commit stands. */
export type Effect = () => Promise<void>

export type UnitOfWork = { tx: Tx; afterCommit(effect: Effect): void }

export type Transact = <T>(work: (unit: UnitOfWork) => Promise<T>) => Promise<T>

const retryable = new Set(['40P01' /* deadlock */, '40001' /* serialization */, '55P03' /* lock timeout */])
const attempts = 4

/**
 * Runs a unit of work in one interactive transaction, then its effects. A deadlock, a serialization failure or a lock
 * timeout is tried again, with jitter, from a fresh closure: but only where the work itself failed, never once a
 * COMMIT may have been sent. None of it outlives the deadline of the operation that it is part of.
 */
export function createTransact(database: Database, options: { maxWaitMs: number; timeoutMs: number; log: Log }): Transact {
  return async function transact<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (remainingMs() <= 0) throw serviceUnavailable()
      const effects: Effect[] = []
      let committing = false
      try {
        const result = await database.$transaction(
          async (tx) => {
            // Only where it must be shorter than the connection's own: a round trip more.
            if (remainingMs() < options.timeoutMs) await limitStatements(tx, remainingMs())
            const value = await work({ tx, afterCommit: (effect) => effects.push(effect) })
            committing = true
            return value
          },
          { maxWait: Math.min(options.maxWaitMs, leftMs()), timeout: Math.min(options.timeoutMs, leftMs()) },
        )
        await Promise.all(effects.map((effect) => effect().catch((err) => options.log.warn({ err }, 'an effect after a commit failed'))))
        return result
      } catch (error) {
        if (committing || attempt === attempts || !retryable.has(sqlState(error) ?? '')) throw error
        await sleep(Math.random() * 20 * 2 ** attempt)
      }
    }
  }
}

/** Prisma takes whole milliseconds, and zero for "no limit". */
const leftMs = () => Math.max(1, Math.ceil(remainingMs()))

const limitStatements = (tx: Tx, ms: number) =>
  tx.$executeRaw`SELECT set_config('statement_timeout', ${`${Math.max(1, Math.ceil(ms))}`}, true)`
