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
import { withCheck } from '../snapshot/checklist.js'
import { itemId } from '../snapshot/ids.js'
import { hasNestedParts, type Parts } from '../snapshot/parts.js'
import { toSnapshot } from '../snapshot/rows.js'
import type { ChecklistItemRow, ChecklistRow, MemberRow } from '../snapshot/snapshot.types.js'
import { type CheckRow, writeChecks } from './check.sql.js'
import { itemOf, readChecklist } from './checklist.js'
import type { checkRule } from './mission.input.js'

/** The state that a mission is to have on a date. */
export type Check = z.output<typeof checkRule>

/** What of the response is to be read: the checklist of the check's date, and parts of its scenario and its member. */
export type Wanted = { checklist: boolean; parts: Parts }

/** A mission after it was set; `checklist` and `member`: where they were requested. `receipt`: of a day that is over. */
export type Checked = { member: MemberRow | null; item: ChecklistItemRow; checklist: ChecklistRow | null; receipt: DayReceipt | null }

type Submitted = Check & { id: string; memberId: string; withMember: boolean; withChecklist: boolean }

type Dependencies = {
  sqlClient: Queryable
  transact: Transact
  calendar: Calendar
  history: DayHistory
  batching: Batching /** Is told of whom something has changed. */
  changed(memberId: string): void
}

/**
 * Sets missions, never toggles: however often a check is sent, by however many devices, there is one row. Checks of several
 * members that arrive at the same time are written together.
 */
export class Checks {
  readonly #sqlClient: Queryable
  readonly #transact: Transact
  readonly #calendar: Calendar
  readonly #history: DayHistory
  readonly #changed: Dependencies['changed']
  readonly #batcher: Batcher<Submitted, CheckRow | null>

  constructor({ sqlClient, transact, calendar, history, changed, batching }: Dependencies) {
    this.#sqlClient = sqlClient
    this.#transact = transact
    this.#calendar = calendar
    this.#history = history
    this.#changed = changed
    this.#batcher = new Batcher({
      ...batching,
      partitionKey: ({ memberId }) => memberId,
      groupKey: ({ withMember, withChecklist }) => `${withMember} ${withChecklist}`,
      // One after the other, so that the response to a member's second check has the first one in it.
      sameKeyTogether: false,
      run: (checks, how) => this.#writeAll(checks, how),
    })
  }

  async set(memberId: string, check: Check, wanted: Wanted): Promise<Checked> {
    const row = await this.#batcher.submit({ ...check, id: newId(), memberId, ...written(wanted) })
    const obstacle = await this.#obstacle(memberId, row)
    if (!obstacle) {
      this.#changed(memberId)
      return this.#complete(this.#sqlClient, checked(row as CheckRow, check, null), row as CheckRow, wanted)
    }
    if (obstacle.code === 'DAY_CLOSED' && check.checkedAt !== null) return this.#setLate(memberId, check, wanted)
    throw obstacle
  }

  /**
   * A tap that arrives after its day was over counts where it says that it was made in time; the day's receipt is counted anew. The
   * member's lock keeps two of them from counting each without the other, and the closing of the day from coming between.
   */
  #setLate(memberId: string, check: Check, wanted: Wanted): Promise<Checked> {
    const work = async (unit: UnitOfWork): Promise<Checked> => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const how = { waitForLocks: true, ...written(wanted), countLate: true }
      const [row = null] = await writeChecks(tx, this.#calendar, [{ ...check, id: newId(), memberId }], how)
      const obstacle = await this.#obstacle(memberId, row)
      if (obstacle) throw obstacle
      const { date } = row as CheckRow
      const receipt = await this.#history.recount(tx, memberId, date)
      return this.#complete(tx, checked(row as CheckRow, check, receipt), row as CheckRow, wanted)
    }
    return this.#transact(work, { memberId })
  }

  /** Reads what the statement of a check does not give: whole scenarios, or the list. All of the response then is from this one snapshot. */
  async #complete(db: Queryable, given: Checked, { memberId, id, date }: CheckRow, { parts }: Wanted): Promise<Checked> {
    if (id === null || !(parts.scenarios || hasNestedParts(parts))) return given
    const { member, checklist } = await readChecklist(db, this.#calendar, { memberId, scenarioId: id, date, parts })
    // The scenario may have been deleted since.
    if (!checklist) return { ...given, member }
    const item = given.item.missionId === null ? null : itemOf(checklist, given.item.missionId)
    return { ...given, member, item: item ?? given.item, checklist }
  }

  async #writeAll(checks: Submitted[], { waitForLocks }: { waitForLocks: boolean }): Promise<BatchOutcome<CheckRow | null>[]> {
    const { withMember, withChecklist } = checks[0] as Submitted
    try {
      const rows = await writeChecks(this.#sqlClient, this.#calendar, checks, { waitForLocks, withMember, withChecklist })
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

const written = ({ checklist, parts }: Wanted) => ({ withMember: parts.member, withChecklist: checklist })

function checked(row: CheckRow, { isChecked }: Check, receipt: DayReceipt | null): Checked {
  const { missionId, type, content, date } = row
  const id = type === 'BASIC' ? itemId(missionId, date) : missionId
  const { member, scenarios } = toSnapshot([row])
  const checklist = scenarios[0]?.checklists[0]
  return {
    member,
    item: { id, missionId, type, content, isChecked },
    checklist: checklist ? withCheck(checklist, missionId, isChecked) : null,
    receipt,
  }
}
