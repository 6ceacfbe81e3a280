import { sqlState, statementTimedOut } from '../database/database.js'
import { unavailable } from '../database/unavailable.js'
import type { ServiceDeps } from '../member/change.js'
import * as sql from './day.sql.js'
import { findViolations, type Violation } from './invariants.sql.js'
import { closeOldestEndedDay } from './receipt.sql.js'

/** Members read at a time, and lines in a chunk: a chunk locks its members for some 20 ms. */
const membersAtATime = 1_000
const linesPerChunk = 5_000
/** PostgreSQL works on one while the process sends the next. More would slow down requests. */
const chunksAtATime = 2
/** After how long a postponed member is tried again. */
const postponeSeconds = 3_600

/** A receipt is late if it was not written so long after it could have been. */
const lateSeconds = 600

/**
 * What a run did. `members`: those who have no more days to close, so each is counted once.
 * `failed`: members whose day could not be closed, and who are postponed.
 */
export type Closed = { members: number; days: number; failed: number }

type Run = Closed & { failedIds: Set<string> }

type Dependencies = Pick<ServiceDeps, 'sqlClient' | 'transact' | 'calendar' | 'log'> & { onFailure(): void }

export class DayClosing {
  readonly #deps: Dependencies

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  /**
   * Closes the days that are due, oldest first, until none is left or the signal aborts. A chunk is
   * a transaction and closes one day of each member; lines limit it, so one member makes none long.
   */
  async closeDue(signal: AbortSignal): Promise<Closed> {
    const { sqlClient, calendar, transact } = this.#deps
    const run: Run = { members: 0, days: 0, failed: 0, failedIds: new Set() }
    while (!signal.aborted) {
      const due = await sql.findDueMembers(sqlClient, calendar, { limit: membersAtATime, except: [...run.failedIds] })
      const inactive = due.filter((member) => member.inactive).map(({ id }) => id)
      const suspended = inactive.length > 0 ? await transact(({ tx }) => sql.suspendClosing(tx, calendar, inactive)) : 0
      const before = run.days + run.failed
      await this.#closeChunks(chunksByLines(due.filter((member) => !member.inactive)), run, signal)
      // If nothing could be done, the rest are locked by others: the next run finds them.
      if (suspended === 0 && run.days + run.failed === before) break
    }
    const { failedIds: _, ...closed } = run
    return closed
  }

  findDue() {
    const { sqlClient, calendar } = this.#deps
    return sql.countDueMembers(sqlClient, calendar, { lateSeconds })
  }

  /** Invariants of closed days that do not hold, in the whole database, slice by slice. */
  async findViolations(): Promise<Violation[]> {
    return findViolations(this.#deps.sqlClient, this.#deps.calendar)
  }

  /** Ends when all have ended, also where one has failed: no transaction is left behind. */
  async #closeChunks(chunks: string[][], run: Run, signal: AbortSignal): Promise<void> {
    const left = chunks.values()
    const closeSome = async () => {
      for (const chunk of left) await this.#closeChunk(chunk, run, signal)
    }
    const outcomes = await Promise.allSettled(Array.from({ length: chunksAtATime }, closeSome))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  /** Halves a chunk that fails until the member at fault is alone: only that one is postponed. */
  async #closeChunk(memberIds: string[], run: Run, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { transact, calendar } = this.#deps
    try {
      const { members, days } = await transact(async ({ tx }) => {
        const locked = await sql.lockDueMembers(tx, calendar, memberIds)
        if (locked.count === 0) return { members: 0, days: 0 }
        return closeOldestEndedDay(tx, calendar, locked.ids, { source: 'job', afterGrace: true })
      })
      run.members += members
      run.days += days
    } catch (error) {
      // If the database is out of reach, no member is at fault. A timeout may be one member's.
      if (unavailable(error) && sqlState(error) !== statementTimedOut) throw error
      if (memberIds.length === 1) return this.#postpone(memberIds[0] as string, error, run)
      const middle = Math.ceil(memberIds.length / 2)
      await this.#closeChunk(memberIds.slice(0, middle), run, signal)
      await this.#closeChunk(memberIds.slice(middle), run, signal)
    }
  }

  async #postpone(memberId: string, err: unknown, run: Run): Promise<void> {
    const { sqlClient, calendar, log, onFailure } = this.#deps
    log.error({ err, memberId }, 'the day of a member cannot be closed: it is tried again in an hour')
    onFailure()
    run.failed++
    run.failedIds.add(memberId)
    await sql.postponeClosing(sqlClient, calendar, memberId, postponeSeconds)
  }
}

function chunksByLines(members: sql.DueMember[]): string[][] {
  const chunks: string[][] = []
  let left = 0
  for (const { id, lines } of members) {
    if (chunks.length === 0 || left < lines) {
      chunks.push([])
      left = linesPerChunk
    }
    chunks.at(-1)?.push(id)
    // A member without lines takes work, too.
    left -= lines + 10
  }
  return chunks
}
