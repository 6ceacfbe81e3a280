import type { Clock } from './clock.js'
import { Prisma } from './generated/prisma/client.js'
import { limits } from './limits.js'

const { sql } = Prisma

/** How many dates may have ended since a check that still counts: settings differ by 3 (ADR 15). */
export const datesOfLateChecks = limits.lateCheckHours / 24 + 4

/** Tells the local date and which dates are open. `graceMs`: for how long one is after its end. */
export type Calendar = { clock: Clock; graceMs: number }

/** How long a date stays open after its end, as an SQL interval. */
export const grace = ({ graceMs }: Pick<Calendar, 'graceMs'>): Prisma.Sql => sql`make_interval(secs => ${graceMs / 1_000}::float8)`

/** The current local date of `owner` (a row with the columns of member). */
export const today = (owner: Prisma.Sql, { clock }: Calendar): Prisma.Sql =>
  sql`local_date(${clock.sqlNow}, ${owner}.time_zone, ${owner}.day_starts_at, ${owner}.closed_through)`

/** True while a date of `owner` can change: not closed, and not past its end and the grace. */
export const isOpen = (
  date: Prisma.Sql,
  owner: Prisma.Sql,
  { clock, graceMs }: Calendar,
): Prisma.Sql => sql`(${date} > ${owner}.closed_through
    AND day_start(${date} + 1, ${owner}.time_zone, ${owner}.day_starts_at) > ${clock.sqlNow} - ${grace({ graceMs })})`

/** The instant at which the date after `closedThrough` can be closed: its end and the grace. */
export const nextCloseAt = (closedThrough: Prisma.Sql, owner: Prisma.Sql, calendar: Pick<Calendar, 'graceMs'>): Prisma.Sql =>
  sql`day_start(${closedThrough} + 2, ${owner}.time_zone, ${owner}.day_starts_at) + ${grace(calendar)}`

/** True where a date is on a line's days of the week, as they were then. NULL: on every day. */
const isOnWeekday = (date: Prisma.Sql, line: Prisma.Sql): Prisma.Sql =>
  sql`(${line}.weekdays IS NULL AND ${line}.earlier_weekdays IS NULL
    OR (weekdays_on(${date}, ${line}.weekdays, ${line}.earlier_weekdays, ${line}.earlier_weekdays_until)
      & (1 << (extract(isodow FROM ${date})::int - 1))) <> 0)`

/**
 * True where a mission (not a check) is on the list of a date: a line from `added_on` until before
 * `removed_on`, on its days of the week; a TODAY mission on its own; neither while its scenario was
 * deleted. Only the mission's own row decides: a statement that waits for it looks at it once more.
 */
export const isListedOn = (date: Prisma.Sql, mission: Prisma.Sql): Prisma.Sql =>
  sql`(coalesce(${mission}.use_date = ${date}, ${mission}.added_on <= ${date} AND ${isOnWeekday(date, mission)})
    AND (${mission}.removed_on > ${date}) IS NOT FALSE
    AND (${mission}.absent_on @> ${date}) IS NOT TRUE)`

/** True where a mission's scenario is deleted: by the mission's own row, too. */
export const isDeletedWithScenario = (mission: Prisma.Sql): Prisma.Sql => sql`coalesce(upper_inf(${mission}.absent_on), false)`
