import { type Calendar, isListedOn, today } from '../calendar.sql.js'
import { type Queryable, sqlState, statementTimedOut } from '../database/database.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import { lastOf, type MemberSlice, membersOf } from '../member-slice.sql.js'
import { documentOf, isPresent, presentLines } from '../snapshot/revision.sql.js'
import { isInactive } from './day.sql.js'

const { sql } = Prisma

/** `NOT CHECKED`: of so many members it takes longer than a statement may. */
export type Violation = { problem: 'BROKEN' | 'NOT CHECKED'; invariant: string; count: number; examples: string[] }

/** How long past due a day may wait: several periods of every sweep. */
const tolerance = sql`interval '30 minutes'`

/** What must always hold of every member. Each statement selects offending ids among `slice`. */
const invariants = (calendar: Calendar): Record<string, Prisma.Sql> => ({
  'a receipt stands for a day that is closed': sql`
    SELECT member_id || ' ' || date AS id
    FROM slice JOIN day_close ON member_id = slice.id WHERE date > closed_through`,
  'the last closed day has its receipt, unless the member was new or inactive': sql`
    SELECT id::text FROM slice
    WHERE closed_through > (SELECT min(date) FROM day_close WHERE member_id = slice.id)
      AND closed_through >= ${calendar.clock.sqlNow}::date - ${limits.historyDays}::int
      AND NOT EXISTS (SELECT FROM day_close WHERE member_id = slice.id AND date = closed_through)`,
  'the receipts of the days that history covers have no gaps': sql`
    SELECT member_id || ' ' || date AS id
    FROM (
      SELECT member_id, date, lag(date) OVER (PARTITION BY member_id ORDER BY date) AS previous
      FROM slice JOIN day_close ON member_id = slice.id
    ) receipt
    WHERE previous < date - 1 AND previous >= ${calendar.clock.sqlNow}::date - ${limits.historyDays}::int`,
  // A day is closed once the next has begun, by the settings of then. By those of now, today can be
  // 3 less: clocks differ by 26 hours at most, starts by less than 24, so dates by 3 (ADR 15).
  'no day is closed before its end': sql`
    SELECT id::text FROM slice WHERE closed_through > local_date(${calendar.clock.sqlNow}, time_zone, day_starts_at, NULL) + 2`,
  'the next closing is after the day that follows the last closed one, or soon': sql`
    SELECT id::text FROM slice
    WHERE next_close_at <> 'infinity' AND next_close_at NOT BETWEEN
      day_start(closed_through + 2, time_zone, day_starts_at)
      AND greatest(day_start(closed_through + 2, time_zone, day_starts_at), ${calendar.clock.sqlNow}) + interval '1 hour'`,
  'no active member waits for a closing': sql`
    SELECT id::text FROM slice
    WHERE next_close_at < ${calendar.clock.sqlNow} - ${tolerance} AND NOT ${isInactive(calendar.clock)}`,
  'only an inactive member has no next closing': sql`
    SELECT id::text FROM slice WHERE next_close_at = 'infinity' AND NOT ${isInactive(calendar.clock)}`,
  'a closed day has no more missions, and no more checks, than its receipt says': sql`
    SELECT day_close.member_id || ' ' || date AS id
    FROM slice
    JOIN day_close ON day_close.member_id = slice.id AND date >= ${today(sql`slice`, calendar)} - ${limits.historyDays}::int
    CROSS JOIN LATERAL (
      SELECT count(*) AS missions, count(*) FILTER (WHERE is_checked) AS checks
      FROM mission
      WHERE member_id = slice.id AND (use_date IS NULL OR use_date = date) AND parent_mission_id IS NULL AND ${isListedOn(sql`date`, sql`mission`)}
    ) listed
    CROSS JOIN LATERAL (
      SELECT count(*) AS line_checks
      FROM mission child JOIN mission line ON line.member_id = child.member_id AND line.id = child.parent_mission_id
      WHERE child.member_id = slice.id AND child.use_date = date AND child.is_checked AND ${isListedOn(sql`date`, sql`line`)}
    ) listed_line
    WHERE missions > total_count OR checks + line_checks > checked_count`,
  'a check belongs to a line of a template': sql`
    SELECT child.id::text
    FROM slice
    JOIN mission child ON child.member_id = slice.id AND child.parent_mission_id IS NOT NULL
    JOIN mission line ON line.member_id = child.member_id AND line.id = child.parent_mission_id
    WHERE line.use_date IS NOT NULL`,
  'a template is kept as it was before its last change, for as long as history covers that': sql`
    SELECT scenario.id::text
    FROM slice JOIN scenario ON member_id = slice.id
    WHERE template_since > greatest(starts_on, ${today(sql`slice`, calendar)} - ${limits.historyDays}::int)
      AND NOT EXISTS (
        SELECT FROM template_revision WHERE member_id = slice.id AND scenario_id = scenario.id AND through = template_since - 1)`,
  'a revision is of a date before the last change of its template': sql`
    SELECT scenario.id || ' ' || through AS id
    FROM slice
    JOIN scenario ON scenario.member_id = slice.id
    JOIN template_revision ON template_revision.member_id = slice.id AND scenario_id = scenario.id
    WHERE through >= template_since AND NOT ${isPresent}`,
  'the present revision of a template has its lines as they are': sql`
    SELECT scenario.id::text
    FROM slice
    JOIN scenario ON scenario.member_id = slice.id
    LEFT JOIN template_revision ON template_revision.member_id = slice.id AND scenario_id = scenario.id AND ${isPresent}
    WHERE lines IS DISTINCT FROM ${documentOf(presentLines(sql`slice.id`, sql`scenario.id`))}`,
  'what is there has no tombstone': sql`
    SELECT tombstone.id::text
    FROM slice JOIN tombstone ON member_id = slice.id
    WHERE EXISTS (SELECT FROM mission WHERE member_id = slice.id AND id = tombstone.id)
      OR EXISTS (SELECT FROM scenario WHERE member_id = slice.id AND id = tombstone.id)`,
  'pauses of a member neither overlap nor adjoin': sql`
    SELECT one.id::text
    FROM slice JOIN pause one ON one.member_id = slice.id JOIN pause other ON other.member_id = slice.id AND other.id <> one.id
    WHERE one.starts_on <= other.ends_on + 1 AND other.starts_on <= one.starts_on`,
  'no day came into a pause once it was closed': sql`
    SELECT pause.id || ' ' || date AS id
    FROM slice JOIN pause ON pause.member_id = slice.id
    JOIN day_close ON day_close.member_id = slice.id AND date BETWEEN starts_on AND ends_on AND closed_at < pause.created_at`,
  // OFFSET has lines read once for each revision: without it once for each line that it has.
  'a revision has the days of the week that its lines had then': sql`
    SELECT mission.id || ' ' || through AS id
    FROM slice
    JOIN template_revision ON template_revision.member_id = slice.id AND through >= ${today(sql`slice`, calendar)} - ${limits.historyDays}::int
    CROSS JOIN jsonb_to_recordset(lines) AS line (id uuid, weekdays int)
    JOIN LATERAL (
      SELECT * FROM mission WHERE member_id = slice.id AND scenario_id = template_revision.scenario_id AND use_date IS NULL OFFSET 0
    ) mission ON mission.id = line.id
    WHERE coalesce(line.weekdays, 127) <> weekdays_on(through, mission.weekdays, earlier_weekdays, earlier_weekdays_until)`,
  'a TODAY mission is of no date on which its scenario had no list': sql`
    SELECT mission.id::text
    FROM slice
    JOIN scenario ON scenario.member_id = slice.id
    JOIN mission ON mission.member_id = slice.id AND scenario_id = scenario.id AND use_date IS NOT NULL
    WHERE use_date < starts_on OR (gaps @> use_date AND (absent_on @> use_date) IS NOT TRUE)`,
  'a mission is absent from the deletion of its scenario on, and only while that is deleted': sql`
    SELECT mission.id::text
    FROM slice
    JOIN scenario ON scenario.member_id = slice.id
    JOIN mission ON mission.member_id = slice.id AND scenario_id = scenario.id
    WHERE CASE WHEN deleted_at IS NULL THEN upper_inf(absent_on) ELSE (absent_on @> daterange(deleted_on, NULL)) IS NOT TRUE END`,
})

/** Members per statement, so that none is long and holds back a vacuum. */
const sliceSize = 1_000

/** What does not hold. A slice that takes too long is halved, so that this ends at any size. */
export async function findViolations(db: Queryable, calendar: Calendar): Promise<Violation[]> {
  const violations = new Map<string, Violation>()
  const add = ({ problem, invariant, count, examples }: Violation) => {
    const known = violations.get(problem + invariant) ?? { count: 0, examples: [] }
    const some = [...known.examples, ...examples].slice(0, 5)
    violations.set(problem + invariant, { problem, invariant, count: known.count + count, examples: some })
  }
  const check = async (invariant: string, offenders: Prisma.Sql, slice: MemberSlice): Promise<void> => {
    try {
      const [found] = await db.$queryRaw<{ count: number; examples: string[] | null }[]>`
        WITH slice AS MATERIALIZED (${membersOf(slice)})
        SELECT count(*)::int AS count, (array_agg(id))[1:5] AS examples FROM (${offenders}) offender`
      if (found && found.count > 0) add({ problem: 'BROKEN', invariant, count: found.count, examples: found.examples ?? [] })
    } catch (error) {
      if (sqlState(error) !== statementTimedOut) throw error
      const half = { ...slice, size: Math.ceil(slice.size / 2) }
      const middle = await lastOf(db, half)
      if (middle === null) return
      if (slice.size === 1) return add({ problem: 'NOT CHECKED', invariant, count: 1, examples: [middle] })
      await check(invariant, offenders, half)
      await check(invariant, offenders, { after: middle, size: slice.size - half.size })
    }
  }
  for (let after: string | null = null; ; ) {
    const slice: MemberSlice = { after, size: sliceSize }
    for (const [invariant, offenders] of Object.entries(invariants(calendar))) await check(invariant, offenders, slice)
    after = await lastOf(db, slice)
    if (after === null) return [...violations.values()]
  }
}
