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

/** What the statement of a check gives of its checklist: counts. The rest takes one more. */
type Counted = Omit<ChecklistRow, 'items' | 'scenario'>

/** What of a checklist is not among its counts. */
export const beyondCounts: Record<Exclude<keyof ChecklistRow, keyof Counted>, true> = { items: true, scenario: true }

/** What is requested of the check's checklist, and of its scenario and its member. */
export type Wanted = { checklist: 'nothing' | 'counts' | 'all'; parts: Parts }

/**
 * A mission after a check; null where it is gone since an operation that is sent again.
 * `checklist`, `member`: if requested. `receipt`: of a day that is over.
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
 * Sets missions, never toggles: however often a check is sent, by however many devices, there is
 * one row. Simultaneous checks of several members are written together.
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
      // In turn, so that the response to a member's second check has the first in it.
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
   * For a late check, or one whose operation may have been done before: as a list of one. A
   * transaction under the member's lock costs more than a part of a batch, but this is rare.
   */
  async #setAlone(memberId: string, check: Check, { parts }: Wanted): Promise<Checked> {
    const { member, results } = await this.#deps.offlineChecks.setAll(memberId, [check], { checklist: true, parts })
    const { error, ...checked } = results[0] as CheckResult
    // An Error again, to reject the mutation; a list's result has it as plain fields.
    if (error) throw new ApiError(error.code, error.message, error.details)
    // Its scenario was deleted since.
    if (!checked.checklist) throw noMission()
    return { member, ...checked }
  }

  /** Reads what the check's statement does not give; all of the response is of that snapshot. */
  async #complete(row: CheckRow, memberId: string, check: Check, wanted: Wanted): Promise<Checked> {
    const { missionId, scenarioId, type, content, date, memberToday, counts } = row
    // Its snapshot does not see what it waited for: a changed template, or a restoration.
    const isStale = row.hasWaited || counts?.isCounted === false
    // A line has its present content; a list of a day that is over has that of then.
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
      // One member's data may be at fault: each alone once more, as setting twice does no harm.
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
