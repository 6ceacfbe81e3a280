import { type Weekdays, weekdayOf } from '../weekdays.js'
import { checklistId, itemId } from './ids.js'
import type { ChecklistItemRow, ChecklistRow, MissionRow, ScenarioRow } from './snapshot.types.js'

/** What happened on a date: to all scenarios of a member, or to one. */
export type Day = {
  date: string
  closed: boolean
  checkedIds: ReadonlySet<string>
  /** Newest first. */
  todayMissions: { id: string; scenarioId: string; content: string; isChecked: boolean }[] | null
}

/** A line as a revision of its template has it. Without weekdays: every day. */
export type StoredLine = { id: string; content: string; version: number; weekdays?: number }

/** A template as it was on a date before its last change. */
export type Revision = { date: string; lines: StoredLine[] | null }

export type Template = {
  startsOn: string
  lines: readonly Pick<MissionRow, 'id' | 'content' | 'weekdays'>[]
  /** One for each date that is before the last change, and not before `startsOn`. */
  revisions: readonly Revision[]
}

/** A scenario on a date: the template as it was, lines with checks, then the TODAY missions. */
export function checklistOf(scenario: ScenarioRow, template: Template, day: Day): ChecklistRow {
  const { id: scenarioId, today } = scenario
  const { date, closed, checkedIds } = day
  const items: ChecklistItemRow[] = linesOn(template, date).map(({ id, content, gone }) => ({
    id: itemId(id, date),
    missionId: gone && closed ? null : id,
    type: 'BASIC',
    content,
    isChecked: checkedIds.has(id),
  }))
  for (const mission of day.todayMissions ?? []) {
    if (mission.scenarioId !== scenarioId) continue
    const { id, content, isChecked } = mission
    items.push({ id, missionId: id, type: 'TODAY', content, isChecked })
  }
  return {
    id: checklistId(scenarioId, date),
    scenario,
    date,
    phase: date < today ? 'PAST' : date === today ? 'TODAY' : 'FUTURE',
    closed,
    items,
    checkedCount: items.reduce((count, { isChecked }) => count + Number(isChecked), 0),
    totalCount: items.length,
  }
}

/** The lines of a date, but for those that are not for its day of the week. */
function linesOn({ startsOn, lines, revisions }: Template, date: string): { id: string; content: string; gone: boolean }[] {
  if (date < startsOn) return []
  const isForTheDay = ({ weekdays }: { weekdays?: Weekdays }) => weekdays == null || (weekdays & weekdayOf(date)) !== 0
  const revision = revisions.find((candidate) => candidate.date === date)
  if (!revision) return lines.filter(isForTheDay).map(({ id, content }) => ({ id, content, gone: false }))
  const present = new Set(lines.map(({ id }) => id))
  return (revision.lines ?? []).filter(isForTheDay).map(({ id, content }) => ({ id, content, gone: !present.has(id) }))
}
