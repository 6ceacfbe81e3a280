import type { Transact, Tx } from '../database/transaction.js'
import type { Days } from '../snapshot/checklist.sql.js'
import { type CloseSource, closeOldestDueDay, lockDueMembers, parkMembers } from './day.sql.js'
import { findViolations, type Violation } from './invariants.sql.js'

/** Closes every due day of members whose locks are held, the oldest first. Gives how many days that were. */
export async function closeDueDays(tx: Tx, days: Days, memberIds: string[], source: CloseSource): Promise<number> {
  let closed = 0
  for (;;) {
    const count = await closeOldestDueDay(tx, days, memberIds, source)
    if (count === 0) return closed
    closed += count
  }
}

/** How many members a chunk took, and how many days it closed; no members: nothing is due. */
export type ClosedChunk = { members: number; days: number }

/** The closing of days, for the job and for operators. */
export class DayClosing {
  readonly #transact: Transact
  readonly #days: Days

  constructor({ transact, days }: { transact: Transact; days: Days }) {
    this.#transact = transact
    this.#days = days
  }

  /** Closes what is due of a chunk of members, in one transaction. */
  closeDueChunk(limit: number): Promise<ClosedChunk> {
    return this.#transact(async ({ tx }) => {
      const due = await lockDueMembers(tx, this.#days, limit)
      const [away, here] = [true, false].map((isAway) => due.filter((member) => member.away === isAway).map(({ id }) => id)) as [
        string[],
        string[],
      ]
      if (away.length > 0) await parkMembers(tx, away)
      return { members: due.length, days: here.length > 0 ? await closeDueDays(tx, this.#days, here, 'job') : 0 }
    })
  }

  /** What does not hold of all that must be true of closed days, over the whole database: for an operator. */
  findViolations(): Promise<Violation[]> {
    return this.#transact(
      async ({ tx }) => {
        // It reads everything there is, which may take longer than a request's statement ever should.
        await tx.$executeRaw`SET LOCAL statement_timeout = 0`
        return findViolations(tx, this.#days)
      },
      { timeoutMs: 60 * 60_000 },
    )
  }
}
