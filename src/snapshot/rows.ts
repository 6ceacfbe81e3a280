import { memberGone } from '../errors.js'
import { type DayName, daysOf } from '../weekdays.js'
import { checklistOf, type Day, type Revision, type StoredLine } from './checklist.js'
import { notificationId } from './ids.js'
import type { MemberRow, NotificationRow, ScenarioRow, Snapshot } from './snapshot.types.js'

/** The member's own fields, but for those that stand in each row. */
type MemberFields = Omit<MemberRow, 'id' | 'today' | 'listVersion' | 'scenarios'>

/** A scenario; without `id`, none was read. `member` and `days` are in a member's first row. */
export type SnapshotRow = {
  memberId: string
  today: string
  listVersion: number
  member: MemberFields | null
  id: string | null
  startsOn: string
  active: boolean | null
  method: NotificationRow['method']
  daysOfWeek: DayName[] | null
  time: string | null
  place: NotificationRow['place']
  lines: StoredLine[] | null
  revisions: Revision[] | null
  days: DayRow[] | null
} & Pick<ScenarioRow, 'name' | 'memo' | 'version' | 'position' | 'createdAt' | 'updatedAt'>

type DayRow = Omit<Day, 'checkedIds'> & { checkedIds: string[] | null }

export function byMember(rows: SnapshotRow[]): SnapshotRow[][] {
  const groups = new Map<string, SnapshotRow[]>()
  for (const row of rows) {
    const group = groups.get(row.memberId)
    if (group) group.push(row)
    else groups.set(row.memberId, [row])
  }
  return [...groups.values()]
}

/** From one member's rows. UNAUTHENTICATED where there are none: no such member. */
export function toSnapshot(rows: SnapshotRow[]): Snapshot {
  const [first] = rows
  if (!first) throw memberGone()
  const { memberId: id, today, listVersion, member, days } = first
  const found = (days ?? []).map((day): Day => ({ ...day, checkedIds: new Set(day.checkedIds) }))
  const scenarios = rows.flatMap((row) => (row.id === null ? [] : toScenario(row, row.id, found)))
  return { today, listVersion, member: member && { ...member, id, today, listVersion, scenarios }, scenarios }
}

function toScenario(row: SnapshotRow, id: string, days: Day[]): ScenarioRow {
  const { name, memo, version, position, createdAt, updatedAt, startsOn, today } = row
  const basicMissions = (row.lines ?? []).map(({ id, content, version, weekdays = null }) => ({
    id,
    content,
    version,
    weekdays,
    daysOfWeek: daysOf(weekdays),
  }))
  const template = { startsOn, lines: basicMissions, revisions: row.revisions ?? [] }
  const { active, method, daysOfWeek, time, place } = row
  const scenario: ScenarioRow = {
    id,
    name,
    memo,
    version,
    position,
    createdAt,
    updatedAt,
    today,
    notification: { id: notificationId(id), active: active ?? false, method, daysOfWeek: daysOfWeek ?? [], time, place },
    basicMissions,
    checklists: [],
  }
  scenario.checklists = days.map((day) => checklistOf(scenario, template, day))
  return scenario
}
