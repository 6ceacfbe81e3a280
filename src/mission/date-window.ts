import { dateOutOfRange } from '../errors.js'
import { limits } from '../limits.js'
import type { ChecklistRow, ScenarioRow } from '../snapshot/snapshot.types.js'

/** A date some days later (or, with a negative number, earlier). Dates are calendar dates: no zone, no clock changes. */
export function addDays(date: string, days: number): string {
  const instant = new Date(`${date}T00:00:00Z`)
  instant.setUTCDate(instant.getUTCDate() + days)
  return instant.toISOString().slice(0, 10)
}

/** Refuses a date whose checklist is not kept any more or not to be had yet. */
export function checkReadable(date: string, today: string): void {
  const earliest = addDays(today, -limits.historyDays)
  const latest = addDays(today, limits.daysAhead)
  if (date < earliest || date > latest) throw dateOutOfRange(earliest, latest)
}

/** The checklist of a date out of those that were read with a scenario. */
export function checklistOn({ today, checklists }: ScenarioRow, date: string): ChecklistRow {
  checkReadable(date, today)
  const checklist = checklists.find((candidate) => candidate.date === date)
  if (!checklist) throw new Error(`The checklist of ${date} was not read with its scenario.`)
  return checklist
}
