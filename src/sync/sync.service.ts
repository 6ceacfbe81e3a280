import { limits } from '../limits.js'
import type { ServiceDeps } from '../member/change.js'
import type { Parts } from '../snapshot/parts.js'
import { readMember } from '../snapshot/snapshot.sql.js'
import type { ChecklistRow, MemberRow, ScenarioRow } from '../snapshot/snapshot.types.js'
import { type FoundChanges, toTell } from './changed.js'
import { findChangedMembers, findChanges } from './sync.sql.js'
import { type SyncPoint, syncToken } from './sync-token.js'

export type Changes = {
  token: string
  fullSync: boolean
  member: MemberRow
  scenarios: ScenarioRow[]
  checklists: ChecklistRow[]
  deletedIds: string[]
}

type Dependencies = Pick<ServiceDeps, 'sqlClient' | 'calendar'>

export class Sync {
  readonly #deps: Dependencies

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  /**
   * Objects may be newer than the new token's point: a change told twice does no harm. Without
   * `withChecklists` no list is read: the price of a document counts only what it requests.
   */
  async changes(
    memberId: string,
    since: SyncPoint | null,
    parts: Parts,
    { withChecklists }: { withChecklists: boolean },
  ): Promise<Changes> {
    const found = await this.look(memberId, since)
    const { scenarioIds, checklistIds, deletedIds, ...changed } = toTell(found)
    const dates = withChecklists ? changed.dates : []
    const member = await readMember(this.#deps.sqlClient, this.#deps.calendar, memberId, {
      ...parts,
      scenarios: parts.scenarios || scenarioIds.size > 0 || dates.length > 0,
      checklists: [...new Set([...parts.checklists, ...dates])],
    })
    return {
      token: syncToken({ ...found, memberId }),
      fullSync: found.fullSync,
      member,
      scenarios: member.scenarios.filter(({ id }) => scenarioIds.has(id)),
      // Each once: today may be requested by its date, too.
      checklists: member.scenarios.flatMap(({ checklists }) => checklists.filter(({ id }) => checklistIds.delete(id))),
      deletedIds,
    }
  }

  async look(memberId: string, since: SyncPoint | null): Promise<FoundChanges> {
    const found = await findChanges(this.#deps.sqlClient, this.#deps.calendar, memberId, since)
    // A member can delete without end; what is left is bounded.
    return found.deletedIds.length > limits.deletionsTold ? this.look(memberId, null) : found
  }

  /** Of several members, those of whom anything has changed since a point of each. */
  changedMembers(points: SyncPoint[]): Promise<string[]> {
    return findChangedMembers(this.#deps.sqlClient, this.#deps.calendar, points)
  }
}
