import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { addDays } from '../dates.js'
import { badUserInput } from '../errors.js'
import { limits } from '../limits.js'
import type { ServiceDeps } from '../member/change.js'
import { idList } from './day.sql.js'
import type { DayReceipt, Streaks } from './day.types.js'
import * as sql from './receipt.sql.js'

export class DayHistory {
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  receipts(memberId: string, from: string, to: string): Promise<DayReceipt[]> {
    if (to < from) throw badUserInput([{ path: 'to', message: 'must not be before `from`.' }])
    // Counted back: a year after 9999 has a plus sign before it, and is before all others as text.
    if (addDays(to, -limits.receiptDays) >= from) {
      throw badUserInput([{ path: 'to', message: `must be less than ${limits.receiptDays} days after \`from\`.` }])
    }
    return sql.readReceipts(this.#deps.database, memberId, from, to)
  }

  streaks(memberId: string): Promise<Streaks> {
    return sql.readStreaks(this.#deps.database, memberId)
  }

  async receipt(db: Queryable, memberId: string, date: string): Promise<DayReceipt | null> {
    return (await sql.readReceipts(db, memberId, date, date))[0] ?? null
  }

  /** Counts a receipt anew after a late check, under the member's lock. Null if there is none. */
  recount(tx: Tx, memberId: string, date: string): Promise<DayReceipt | null> {
    return sql.recount(tx, memberId, date)
  }

  /**
   * Closes every day that has ended, grace or not, under the member's lock, before the zone or the
   * start of the day changes: no local date can be one of them again.
   */
  async closeEndedDays(tx: Tx, memberId: string): Promise<void> {
    const how = { source: 'change', afterGrace: false } as const
    while ((await sql.closeOldestEndedDay(tx, this.#deps.calendar, idList([memberId]), how)).days > 0);
    await sql.keepEnds(tx, memberId)
  }
}
