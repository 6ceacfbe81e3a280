import type { Queryable } from '../database/database.js'
import { badUserInput } from '../errors.js'
import { limits } from '../limits.js'
import { addDays } from '../mission/date-window.js'
import * as sql from './day.sql.js'

export type Streaks = sql.Streaks

/** What was of a member's closed days. */
export class DayHistory {
  readonly #database: Queryable

  constructor(database: Queryable) {
    this.#database = database
  }

  receipts(memberId: string, from: string, to: string): Promise<sql.DayReceipt[]> {
    if (to < from) throw badUserInput([{ path: 'to', message: 'must not be before `from`.' }])
    if (to >= addDays(from, limits.receiptDays)) {
      throw badUserInput([{ path: 'to', message: `must be less than ${limits.receiptDays} days after \`from\`.` }])
    }
    return sql.readReceipts(this.#database, memberId, from, to)
  }

  streaks(memberId: string): Promise<sql.Streaks> {
    return sql.readStreaks(this.#database, memberId)
  }
}
