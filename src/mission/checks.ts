import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import type { Calendar } from '../calendar.sql.js'
import { Batcher, type Batching, type BatchOutcome } from '../database/batcher.js'
import type { Queryable } from '../database/database.js'
import type { Transact, UnitOfWork } from '../database/transaction.js'
import { outOfRange } from '../dates.js'
import type { DayHistory } from '../day/day.service.js'
import type { DayReceipt } from '../day/day.types.js'
import { type ApiError, dayClosed, memberGone, notFound } from '../errors.js'
import { lockMember, memberExists } from '../member/lock.js'
import { itemId, withCheck } from '../snapshot/checklist.js'
import { toSnapshot } from '../snapshot/snapshot.sql.js'
import type { ChecklistItemRow, ChecklistRow } from '../snapshot/snapshot.types.js'
import { type CheckRow, writeChecks } from './check.sql.js'
import type { checkRule } from './mission.input.js'

/** The state that a mission is to have on a date. */
export type Check = z.output<typeof checkRule>

/** A mission after it was set; `checklist`: where it was requested. `receipt`: of a day that is over. */
export type Checked = { item: ChecklistItemRow; checklist: ChecklistRow | null; receipt: DayReceipt | null }

type Submitted = Check & { id: string; memberId: string; withChecklist: boolean }

type Dependencies = { sqlClient: Queryable; transact: Transact; calendar: Calendar; history: DayHistory; batching: Batching }

/**
 * Sets missions, never toggles: however often a check is sent, by however many devices, there is one row. Checks of several
 * members that arrive at the same time are written together.
 */
export class Checks {
  readonly #sqlClient: Queryable
  readonly #transact: Transact
  readonly #calendar: Calendar
  readonly #history: DayHistory
  readonly #batcher: Batcher<Submitted, CheckRow | null>

  constructor({ sqlClient, transact, calendar, history, batching }: Dependencies) {
    this.#sqlClient = sqlClient
    this.#transact = transact
    this.#calendar = calendar
    this.#history = history
    this.#batcher = new Batcher({
      ...batching,
      partitionKey: ({ memberId }) => memberId,
      groupKey: ({ withChecklist }) => withChecklist,
      // One after the other, so that the response to a member's second check has the first one in it.
      sameKeyTogether: false,
      run: (checks, how) => this.#writeAll(checks, how),
    })
  }

  async set(memberId: string, check: Check, withChecklist: boolean): Promise<Checked> {
    const row = await this.#batcher.submit({ ...check, id: newId(), memberId, withChecklist })
    const obstacle = await this.#obstacle(memberId, row)
    if (!obstacle) return checked(row as CheckRow, check, null)
    if (obstacle.code === 'DAY_CLOSED' && check.checkedAt !== null) return this.#setLate(memberId, check, withChecklist)
    throw obstacle
  }

  /**
   * A tap that arrives after its day was over counts where it says that it was made in time; the day's receipt is counted anew. The
   * member's lock keeps two of them from counting each without the other, and the closing of the day from coming between.
   */
  #setLate(memberId: string, check: Check, withChecklist: boolean): Promise<Checked> {
    const work = async (unit: UnitOfWork): Promise<Checked> => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const how = { waitForLocks: true, withChecklist, countLate: true }
      const [row = null] = await writeChecks(tx, this.#calendar, [{ ...check, id: newId(), memberId }], how)
      const obstacle = await this.#obstacle(memberId, row)
      if (obstacle) throw obstacle
      const { date } = row as CheckRow
      return checked(row as CheckRow, check, await this.#history.recount(tx, memberId, date))
    }
    return this.#transact(work, { memberId })
  }

  async #writeAll(checks: Submitted[], { waitForLocks }: { waitForLocks: boolean }): Promise<BatchOutcome<CheckRow | null>[]> {
    const withChecklist = checks.some((check) => check.withChecklist)
    try {
      const rows = await writeChecks(this.#sqlClient, this.#calendar, checks, { waitForLocks, withChecklist })
      return rows.map((row) => (row === null && !waitForLocks ? 'deferred' : { result: row }))
    } catch (error) {
      // One member's data may have made it fail. Each once more: to set twice is to set.
      if (checks.length > 1) return checks.map(() => 'deferred')
      throw error
    }
  }

  async #obstacle(memberId: string, row: CheckRow | null): Promise<ApiError | null> {
    if (!row) return (await memberExists(this.#sqlClient, memberId)) ? notFound('mission on that date') : memberGone()
    if (!row.isReadable) return outOfRange(row.memberToday)
    if (!row.isOpen) return dayClosed(row.date, row.memberToday)
    return row.isListed ? null : notFound('mission on that date')
  }
}

function checked(row: CheckRow, { isChecked }: Check, receipt: DayReceipt | null): Checked {
  const { missionId, type, content, date } = row
  const id = type === 'BASIC' ? itemId(missionId, date) : missionId
  const [scenario] = toSnapshot([row]).scenarios
  const [checklist] = scenario?.checklists ?? []
  return {
    item: { id, missionId, type, content, isChecked },
    checklist: checklist ? withCheck(checklist, missionId, isChecked) : null,
    receipt,
  }
}
