import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Calendar } from '../calendar.sql.js'
import { Batcher, type Batching, type BatchOutcome } from '../database/batcher.js'
import type { Queryable } from '../database/database.js'
import type { Transact, UnitOfWork } from '../database/transaction.js'
import { outOfRange } from '../dates.js'
import type { DayHistory } from '../day/day.service.js'
import type { DayReceipt } from '../day/day.types.js'
import { type ApiError, dayClosed, idTaken, memberGone, notFound } from '../errors.js'
import { lockMember, memberExists } from '../member/lock.js'
import { findOperations } from '../operation/operations.js'
import { checklistId, itemId } from '../snapshot/ids.js'
import type { Parts } from '../snapshot/parts.js'
import type { ChecklistItemRow, ChecklistRow, MemberRow } from '../snapshot/snapshot.types.js'
import { type CheckRow, findGone, writeChecks } from './check.sql.js'
import { type ChangedChecklist, itemOf, readChecklist } from './checklist.js'
import type { checkRule } from './mission.input.js'

/** The state that a mission is to have on a date. */
export type Check = z.output<typeof checkRule>

/** A checklist by its counts alone, which the statement of a check gives. All else of it is read by one more. */
type Counted = Omit<ChecklistRow, 'items' | 'scenario'>

/** What of a checklist is not among its counts. */
export const beyondCounts: Record<Exclude<keyof ChecklistRow, keyof Counted>, true> = { items: true, scenario: true }

/** What of the response is to be read: of the checklist of the check's date, and of its scenario and its member. */
export type Wanted = { checklist: 'nothing' | 'counts' | 'all'; parts: Parts }

/**
 * A mission after it was set; null where it is gone since an operation that comes once more. `checklist` and `member`: where they were
 * requested. `receipt`: of a day that is over.
 */
export type Checked = {
  member: MemberRow | null
  item: ChecklistItemRow | null
  checklist: ChecklistRow | Counted | null
  receipt: DayReceipt | null
}

type Submitted = Check & { id: string; memberId: string; withCounts: boolean }

type Made = { memberId: string; check: Check; receipt: DayReceipt | null; wanted: Wanted }

type Dependencies = {
  sqlClient: Queryable
  transact: Transact
  calendar: Calendar
  history: DayHistory
  batching: Batching
  /** Is told of whom something has changed. */
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
      groupKey: ({ withCounts }) => withCounts,
      // One after the other, so that the response to a member's second check has the first one in it.
      sameKeyTogether: false,
      run: (checks, how) => this.#writeAll(checks, how),
    })
  }

  async set(memberId: string, check: Check, wanted: Wanted): Promise<Checked> {
    const row = await this.#batcher.submit({ ...check, id: randomUUID(), memberId, withCounts: wanted.checklist === 'counts' })
    const obstacle = obstacleOf(row)
    if (row?.isNew && !obstacle) {
      this.#changed(memberId)
      return this.#complete(this.#sqlClient, row, { memberId, check, receipt: null, wanted })
    }
    if (await this.#wasDone(memberId, check, row)) return this.#asItIs(this.#sqlClient, memberId, check, row, wanted)
    if (obstacle?.code === 'DAY_CLOSED' && check.checkedAt !== null) return this.#setLate(memberId, check, wanted)
    throw row || (await memberExists(this.#sqlClient, memberId)) ? obstacle : memberGone()
  }

  /**
   * A tap that arrives after its day was over counts where it says that it was made in time; the day's receipt is counted anew. The
   * member's lock keeps two of them from counting each without the other, and the closing of the day from coming between.
   */
  #setLate(memberId: string, check: Check, wanted: Wanted): Promise<Checked> {
    const work = async (unit: UnitOfWork): Promise<Checked> => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const how = { waitForLocks: true, withCounts: false, countLate: true }
      const [row = null] = await writeChecks(tx, this.#calendar, [{ ...check, id: randomUUID(), memberId }], how)
      const obstacle = obstacleOf(row)
      if (obstacle) throw obstacle
      const set = row as CheckRow
      if (!set.isNew && isRetry(set)) return this.#asItIs(tx, memberId, check, set, wanted)
      const receipt = await this.#history.recount(tx, memberId, set.date)
      return this.#complete(tx, set, { memberId, check, receipt, wanted })
    }
    return this.#transact(work, { memberId })
  }

  /** Reads what the statement of a check does not give. All of the response then is from this one snapshot. */
  async #complete(db: Queryable, row: CheckRow, { memberId, check, receipt, wanted }: Made): Promise<Checked> {
    const { missionId, scenarioId, type, content, date, memberToday, counts } = row
    // What it waited for, such as a change of the template or a restoration, its snapshot has not seen.
    const isStale = row.hasWaited || counts?.isCounted === false
    // The line says what it is now, and the list of a day that is over what it was then.
    if (wanted.checklist !== 'all' && !isStale && date >= memberToday) {
      const id = type === 'BASIC' ? itemId(missionId, date) : missionId
      const item = { id, missionId, type, content, isChecked: check.isChecked }
      return { member: null, item, checklist: counts && counted(row, counts), receipt }
    }
    return { ...(await this.#read(db, missionId, { memberId, scenarioId, date, parts: wanted.parts })), receipt }
  }

  /** Whether the check's operation was done before, told by its statement, or where something stood in its way by one more. */
  async #wasDone(memberId: string, { operation }: Check, row: CheckRow | null): Promise<boolean> {
    if (!operation) return false
    if (row && !row.isNew) return isRetry(row)
    const fingerprint = (await findOperations(this.#sqlClient, [{ memberId, operation }])).get(memberId)?.get(operation.id)
    return fingerprint !== undefined && isRetry({ isSame: fingerprint === operation.fingerprint })
  }

  /** How things are now, without a check that was made before: its day may be over since, its mission gone. */
  async #asItIs(db: Queryable, memberId: string, check: Check, row: CheckRow | null, { parts }: Wanted): Promise<Checked> {
    const { missionId } = check
    const place = row ?? (await findGone(db, this.#calendar, memberId, [missionId]))[0]
    if (!place) throw noMission()
    const { scenarioId } = place
    const which = { memberId, scenarioId, date: row?.date ?? check.date ?? place.date, parts }
    const changed = await this.#read(db, missionId, which)
    const { closed, date } = changed.checklist
    return { ...changed, receipt: closed ? await this.#history.receipt(db, memberId, date) : null }
  }

  /** The list as it is now, with the mission's item. NOT_FOUND where its scenario was deleted since. */
  async #read(db: Queryable, missionId: string, which: Parameters<typeof readChecklist>[2]): Promise<ChangedChecklist> {
    const { member, checklist } = await readChecklist(db, this.#calendar, which)
    if (!checklist) throw noMission()
    return { member, item: itemOf(checklist, missionId), checklist }
  }

  async #writeAll(checks: Submitted[], { waitForLocks }: { waitForLocks: boolean }): Promise<BatchOutcome<CheckRow | null>[]> {
    const { withCounts } = checks[0] as Submitted
    try {
      const rows = await writeChecks(this.#sqlClient, this.#calendar, checks, { waitForLocks, withCounts })
      if (!waitForLocks) return rows.map((row) => (row ? { result: row } : 'deferred'))
      return rows.map((row) => ({ result: row && { ...row, hasWaited: true } }))
    } catch (error) {
      // One member's data may have made it fail. Each once more: to set twice is to set.
      if (checks.length > 1) return checks.map(() => 'deferred')
      throw error
    }
  }
}

const noMission = () => notFound('mission on that date')

/** What stands in the way of a check; null where it was set, or its operation was done before. */
export function obstacleOf(row: CheckRow | null): ApiError | null {
  if (!row) return noMission()
  if (!row.isReadable) return outOfRange(row.memberToday)
  if (!row.isOpen) return dayClosed(row.date, row.memberToday)
  return row.isListed ? null : noMission()
}

/** Of a check whose operation was done before. Throws ID_TAKEN where that was another one. */
function isRetry({ isSame }: Pick<CheckRow, 'isSame'>): true {
  if (!isSame) throw idTaken('operation')
  return true
}

const counted = ({ scenarioId, date, memberToday }: CheckRow, { total, checked }: NonNullable<CheckRow['counts']>): Counted => ({
  id: checklistId(scenarioId, date),
  date,
  phase: date === memberToday ? 'TODAY' : 'FUTURE',
  closed: false,
  checkedCount: checked,
  totalCount: total,
})
