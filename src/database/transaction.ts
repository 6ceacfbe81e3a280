import { setTimeout as sleep } from 'node:timers/promises'
import { Prisma } from '../generated/prisma/client.js'
import type { Log } from '../log.js'
import { type Database, type Queryable, sqlState } from './database.js'
import { MemberQueues } from './semaphore.js'

export type Tx = Queryable

/** Something idempotent that follows a commit. Where it fails it is logged: the commit stands. */
export type Effect = () => Promise<void>

export type UnitOfWork = {
  tx: Tx
  /** False in the first runs: they give their connection back where a row is locked (`rowLock`). */
  waitForLocks: boolean
  afterCommit(effect: Effect): void
}

type TransactOptions = {
  /** Whose change it is: a member's changes stand in line before they take a connection. */
  memberId?: string
  /** For all of it, instead of the usual time. */
  timeoutMs?: number
  /** True where the caller runs in `lockWaits` already: a second turn would wait for its own. */
  waitForLocks?: boolean
}

export type Transact = <T>(work: (unit: UnitOfWork) => Promise<T>, options?: TransactOptions) => Promise<T>

/** What follows `FOR UPDATE` in a unit of work. */
export const rowLock = ({ waitForLocks }: Pick<UnitOfWork, 'waitForLocks'>): Prisma.Sql =>
  waitForLocks ? Prisma.empty : Prisma.sql`NOWAIT`

const lockNotAvailable = '55P03'
/** Why a transaction runs again, by SQLSTATE. */
export const retryReasons: ReadonlyMap<string, string> = new Map([
  ['40P01', 'deadlock'],
  ['40001', 'serialization'],
  [lockNotAvailable, 'locked'],
])
const attempts = 4

/** How many changes of one member may wait. */
const maxQueuedPerMember = 200

/** The outcome of runs without waiting, each of which found a row locked. */
const locked = Symbol('locked')

type Options = {
  maxWaitMs: number
  /** For queue, work and retries together, and for one statement. What begins later fails. */
  timeoutMs: number
  log: Log
  retried?(reason: string): void
  committed?(memberId: string): void
}

/**
 * Runs a unit of work in one interactive transaction, then its effects. A deadlock, a
 * serialization failure or a lock time-out is tried again, with jitter, but only where the work
 * itself failed: never once a COMMIT may have been sent. A member's changes run one after the
 * other, and those that wait for a locked row share a part of the pool (ADR 14).
 */
export function createTransact({ prisma, lockWaits }: Pick<Database, 'prisma' | 'lockWaits'>, options: Options): Transact {
  const { maxWaitMs, timeoutMs: usualTimeoutMs, log, retried, committed } = options
  const members = new MemberQueues({ maxQueued: maxQueuedPerMember, maxWaitMs })

  return async function transact<T>(
    work: (unit: UnitOfWork) => Promise<T>,
    { memberId, timeoutMs = usualTimeoutMs, waitForLocks = false }: TransactOptions = {},
  ) {
    const endsAt = performance.now() + timeoutMs
    const run = async (): Promise<T> => {
      const outcome = await attempt(work, { waitForLocks, endsAt })
      if (outcome !== locked) return outcome
      return (await lockWaits.run(() => attempt(work, { waitForLocks: true, endsAt }))) as T
    }
    if (memberId === undefined) return run()
    const result = await members.run(memberId, run)
    committed?.(memberId)
    return result
  }

  async function attempt<T>(
    work: (unit: UnitOfWork) => Promise<T>,
    { waitForLocks, endsAt }: { waitForLocks: boolean; endsAt: number },
  ): Promise<T | typeof locked> {
    for (let attempt = 1; ; attempt++) {
      const effects: Effect[] = []
      let committing = false
      try {
        const result = await prisma.$transaction(
          async (tx) => {
            const value = await work({ tx, waitForLocks, afterCommit: (effect) => effects.push(effect) })
            committing = true
            return value
          },
          { maxWait: maxWaitMs, timeout: Math.max(1, endsAt - performance.now()) },
        )
        await Promise.all(effects.map((effect) => effect().catch((err) => log.warn({ err }, 'an effect after a commit failed'))))
        return result
      } catch (error) {
        const state = sqlState(error) ?? ''
        const reason = retryReasons.get(state)
        if (committing || reason === undefined || performance.now() >= endsAt) throw error
        if (attempt === attempts) {
          if (state === lockNotAvailable && !waitForLocks) return locked
          throw error
        }
        retried?.(reason)
        await sleep(Math.random() * 20 * 2 ** attempt)
      }
    }
  }
}
