import { setTimeout as sleep } from 'node:timers/promises'
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
  /** For all of it, retries too; PostgreSQL's own for a statement is the same. What is begun after it fails. */
  timeoutMs: number
  log: Log
}

/**
 * Runs a unit of work in one interactive transaction, then its effects. A deadlock, a serialization failure or a lock
 * timeout is tried again, with jitter, from a fresh closure: but only where the work itself failed, never once a
 * COMMIT may have been sent.
 */
export function createTransact({ prisma }: Pick<Database, 'prisma'>, { maxWaitMs, timeoutMs: usualTimeoutMs, log }: Options): Transact {
  return async function transact<T>(work: (unit: UnitOfWork) => Promise<T>, { timeoutMs } = { timeoutMs: usualTimeoutMs }): Promise<T> {
    const endsAt = performance.now() + timeoutMs
    for (let attempt = 1; ; attempt++) {
      const effects: Effect[] = []
      let committing = false
      try {
        const result = await prisma.$transaction(
          async (tx) => {
            const value = await work({ tx, afterCommit: (effect) => effects.push(effect) })
            committing = true
            return value
          },
          { maxWait: maxWaitMs, timeout: Math.max(1, endsAt - performance.now()) },
        )
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
