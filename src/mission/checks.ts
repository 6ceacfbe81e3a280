import { randomUUID } from 'node:crypto'
import { Batcher, type Batching, type BatchOutcome } from '../database/batcher.js'
import type { DayReceipt } from '../day/day.types.js'
import { ApiError, memberGone } from '../errors.js'
import type { ServiceDeps } from '../member/change.js'
import { memberExists } from '../member/lock.js'
import { checklistId, itemId } from '../snapshot/ids.js'
import type { Parts } from '../snapshot/parts.js'
import type { ChecklistItemRow, ChecklistRow, MemberRow } from '../snapshot/snapshot.types.js'
import { type CheckRow, noMission, obstacleOf, writeChecks } from './check.sql.js'
import { itemOf, readChecklist } from './checklist.js'
import type { Check, CheckResult, OfflineChecks } from './offline-checks.js'

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

type Dependencies = ServiceDeps & {
  offlineChecks: OfflineChecks
  batching: Batching
  changed(memberId: string): void
}

/**
 * Sets missions, never toggles: however often a check is sent, by however many devices, there is one row. Checks of several
 * members that arrive at the same time are written together.
 */
export class Checks {
  readonly #deps: Dependencies
  readonly #batcher: Batcher<Submitted, CheckRow | null>

  constructor(deps: Dependencies) {
    this.#deps = deps
    this.#batcher = new Batcher({
      ...deps.batching,
      partitionKey: ({ memberId }) => memberId,
      groupKey: ({ withCounts }) => withCounts,
      // One after the other, so that the response to a member's second check has the first one in it.
      sameKeyTogether: false,
      run: (checks, how) => this.#writeAll(checks, how),
    })
  }

  async set(memberId: string, check: Check, wanted: Wanted): Promise<Checked> {
    const { sqlClient, changed } = this.#deps
    const row = await this.#batcher.submit({ ...check, id: randomUUID(), memberId, withCounts: wanted.checklist === 'counts' })
    const obstacle = obstacleOf(row)
    if (row?.isNew && !obstacle) {
      changed(memberId)
      return this.#complete(row, memberId, check, wanted)
    }
    const mayBeLate = obstacle?.code === 'DAY_CLOSED' && check.checkedAt !== null
    if (obstacle && !mayBeLate && !check.operation) throw row || (await memberExists(sqlClient, memberId)) ? obstacle : memberGone()
    return this.#setAlone(memberId, check, wanted)
  }

  /**
   * One that comes after its day was over, or whose operation may have been done before: as one of a list. So a retry, and a check with an
   * operationId that is rejected, take a transaction under the member's lock, which is dearer than their part of a batch, but rare.
   */
  async #setAlone(memberId: string, check: Check, { parts }: Wanted): Promise<Checked> {
    const { member, results } = await this.#deps.offlineChecks.setAll(memberId, [check], { checklist: true, parts })
    const { error, ...checked } = results[0] as CheckResult
    // An Error again: taken apart it was for the field of a list's result, and here it is the rejection of the mutation.
    if (error) throw new ApiError(error.code, error.message, error.details)
    // Its scenario was deleted since.
    if (!checked.checklist) throw noMission()
    return { member, ...checked }
  }

  /** Reads what the statement of a check does not give. All of the response then is from this one snapshot. */
  async #complete(row: CheckRow, memberId: string, check: Check, wanted: Wanted): Promise<Checked> {
    const { missionId, scenarioId, type, content, date, memberToday, counts } = row
    // What it waited for, such as a change of the template or a restoration, its snapshot has not seen.
    const isStale = row.hasWaited || counts?.isCounted === false
    // The line says what it is now, and the list of a day that is over what it was then.
    if (wanted.checklist !== 'all' && !isStale && date >= memberToday) {
      const id = type === 'BASIC' ? itemId(missionId, date) : missionId
      const item = { id, missionId, type, content, isChecked: check.isChecked }
      return { member: null, item, checklist: counts && counted(row, counts), receipt: null }
    }
    const which = { memberId, scenarioId, date, parts: wanted.parts }
    const { member, checklist } = await readChecklist(this.#deps.sqlClient, this.#deps.calendar, which)
    if (!checklist) throw noMission()
    return { member, item: itemOf(checklist, missionId), checklist, receipt: null }
  }

  async #writeAll(checks: Submitted[], { waitForLocks }: { waitForLocks: boolean }): Promise<BatchOutcome<CheckRow | null>[]> {
    const { withCounts } = checks[0] as Submitted
    try {
      const rows = await writeChecks(this.#deps.sqlClient, this.#deps.calendar, checks, { waitForLocks, withCounts })
      if (!waitForLocks) return rows.map((row) => (row ? { result: row } : 'deferred'))
      return rows.map((row) => ({ result: row && { ...row, hasWaited: true } }))
    } catch (error) {
      // One member's data may have made it fail. Each once more: to set twice is to set.
      if (checks.length > 1) return checks.map(() => 'deferred')
      throw error
    }
  }
}

const counted = ({ scenarioId, date, memberToday }: CheckRow, { total, checked }: NonNullable<CheckRow['counts']>): Counted => ({
  id: checklistId(scenarioId, date),
  date,
  phase: date === memberToday ? 'TODAY' : 'FUTURE',
  closed: false,
  checkedCount: checked,
  totalCount: total,
})
