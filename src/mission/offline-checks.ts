import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Tx } from '../database/transaction.js'
import type { DayHistory } from '../day/day.service.js'
import type { DayReceipt } from '../day/day.types.js'
import { ApiError, idTaken } from '../errors.js'
import type { ServiceDeps } from '../member/change.js'
import { lockMember } from '../member/lock.js'
import { findOperations } from '../operation/operations.js'
import { checklistId } from '../snapshot/ids.js'
import type { Parts } from '../snapshot/parts.js'
import { readChecklists, readMember } from '../snapshot/snapshot.sql.js'
import type { ChecklistItemRow, ChecklistRow, MemberRow } from '../snapshot/snapshot.types.js'
import { type CheckRow, findGone, obstacleOf, writeChecks } from './check.sql.js'
import { itemOf } from './checklist.js'
import type { checkRule } from './mission.input.js'
import { inRounds } from './rounds.js'

export type Check = z.output<typeof checkRule>

/** How things stand after all checks of a list; for a rejected one only its error. */
export type CheckResult = {
  item: ChecklistItemRow | null
  checklist: ChecklistRow | null
  receipt: DayReceipt | null
  error: Pick<ApiError, 'code' | 'message' | 'details'> | null
}

export type CheckedList = { member: MemberRow | null; results: CheckResult[] }

/** Where a check counts. `isNew`: it was set just now. */
type Place = Pick<CheckRow, 'missionId' | 'scenarioId' | 'date' | 'memberToday' | 'isNew' | 'isLate'>

type Dependencies = ServiceDeps & { history: DayHistory }

/**
 * Sets what a phone kept offline: a member's checks in one transaction, in the order in which they
 * were made, each with its own result. Under the member's lock, so that late ones can count and
 * nothing comes in between. A single check that is late or a retry comes here too.
 */
export class OfflineChecks {
  readonly #deps: Dependencies

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  setAll(
    memberId: string,
    checks: (Check | ApiError)[],
    { checklist: withChecklists, parts }: { checklist: boolean; parts: Parts },
  ): Promise<CheckedList> {
    return this.#deps.transact(
      async (unit) => {
        const { tx } = unit
        await lockMember(unit, memberId)
        const places = await this.#write(tx, memberId, checks)
        const found = places.filter(isNoError)
        const receipts = await this.#receipts(tx, memberId, found)
        const which = withChecklists ? distinctChecklists(found) : []
        const checklists = await readChecklists(tx, this.#deps.calendar, { memberId, which, parts })
        const member = parts.member ? await readMember(tx, this.#deps.calendar, memberId, parts) : null
        return { member, results: places.map((place) => resultOf(place, checklists, receipts)) }
      },
      { memberId },
    )
  }

  /** Sets them, round by round; gives where each counts, or why it does not. */
  async #write(tx: Tx, memberId: string, checks: (Check | ApiError)[]): Promise<(Place | ApiError)[]> {
    const rows = new Map<Check, CheckRow | null>()
    for (const round of inRounds(checks.filter(isNoError))) {
      const how = { waitForLocks: true, withCounts: false, countLate: true }
      const written = await writeChecks(
        tx,
        this.#deps.calendar,
        round.map((check) => ({ ...check, id: randomUUID(), memberId })),
        how,
      )
      for (const [index, check] of round.entries()) rows.set(check, written[index] ?? null)
    }
    const retried = await this.#findRetried(tx, memberId, rows)
    return checks.map((check) => {
      if (check instanceof ApiError) return check
      const row = rows.get(check) ?? null
      const retry = retried.get(check)
      if (retry) return retry
      if (row && !row.isSame) return idTaken('operation')
      const obstacle = obstacleOf(row)
      return obstacle ?? (row as CheckRow)
    })
  }

  /** Retries that would be rejected now: their day is over, say, or their mission gone. */
  async #findRetried(tx: Tx, memberId: string, rows: Map<Check, CheckRow | null>): Promise<Map<Check, Place | ApiError>> {
    const rejected = [...rows].filter(([{ operation }, row]) => operation && obstacleOf(row))
    const operations = rejected.flatMap(([{ operation }]) => (operation ? [{ memberId, operation }] : []))
    const done = (await findOperations(tx, operations)).get(memberId) ?? new Map<string, string>()
    const retried = rejected.filter(([{ operation }]) => operation && done.has(operation.id))
    const missing = retried.flatMap(([{ missionId }, row]) => (row ? [] : [missionId]))
    const gone = missing.length > 0 ? await findGone(tx, this.#deps.calendar, memberId, missing) : []
    return new Map(
      retried.map(([check, row]): [Check, Place | ApiError] => {
        if (check.operation && done.get(check.operation.id) !== check.operation.fingerprint) return [check, idTaken('operation')]
        if (row) return [check, { ...row, isNew: false }]
        const was = gone.find(({ missionId }) => missionId === check.missionId)
        if (!was) return [check, obstacleOf(row) as ApiError]
        return [check, { ...was, date: check.date ?? was.date ?? was.memberToday, isNew: false, isLate: false }]
      }),
    )
  }

  /** The receipts of days that are over; those with late checks are counted anew. */
  async #receipts(tx: Tx, memberId: string, places: Place[]): Promise<Map<string, DayReceipt | null>> {
    const receipts = new Map<string, DayReceipt | null>()
    for (const date of new Set(places.filter(({ date, memberToday }) => date < memberToday).map(({ date }) => date))) {
      const isChanged = places.some((place) => place.date === date && place.isNew && place.isLate)
      const receipt = isChanged ? this.#deps.history.recount(tx, memberId, date) : this.#deps.history.receipt(tx, memberId, date)
      receipts.set(date, await receipt)
    }
    return receipts
  }
}

const isNoError = <T>(one: T | ApiError): one is T => !(one instanceof ApiError)

const distinctChecklists = (places: Place[]) => [
  ...new Map(places.map(({ scenarioId, date }) => [checklistId(scenarioId, date), { scenarioId, date }])).values(),
]

function resultOf(place: Place | ApiError, checklists: Map<string, ChecklistRow>, receipts: Map<string, DayReceipt | null>): CheckResult {
  if (place instanceof ApiError) {
    // Plain fields: GraphQL throws an Error that is a field's value, and `error` is a field.
    const { code, message, details } = place
    return { item: null, checklist: null, receipt: null, error: { code, message, details } }
  }
  const { missionId, scenarioId, date } = place
  const checklist = checklists.get(checklistId(scenarioId, date)) ?? null
  return { item: checklist && itemOf(checklist, missionId), checklist, receipt: receipts.get(date) ?? null, error: null }
}
