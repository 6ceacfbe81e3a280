import { dateOutOfRange } from './errors.js'
import { limits } from './limits.js'

/** True for a date that the calendar has, written YYYY-MM-DD, from the year 1 on. */
export function isCalendarDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value) || value.startsWith('0000')) return false
  const instant = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(value)
}

/** `days` may be negative. Dates are calendar dates: no zone, no clock changes. */
export function addDays(date: string, days: number): string {
  const instant = new Date(`${date}T00:00:00Z`)
  instant.setUTCDate(instant.getUTCDate() + days)
  return instant.toISOString().slice(0, 10)
}

/** DATE_OUT_OF_RANGE: there are checklists from the earliest date kept to the latest one ahead. */
export const outOfRange = (today: string) => dateOutOfRange(addDays(today, -limits.historyDays), addDays(today, limits.daysAhead))

/** False for a date whose checklist is no longer kept, or can't be read yet. */
export const isReadable = (date: string, today: string): boolean =>
  date === today || (date >= addDays(today, -limits.historyDays) && date <= addDays(today, limits.daysAhead))

export function checkReadable(date: string, today: string): void {
  if (!isReadable(date, today)) throw outOfRange(today)
}
