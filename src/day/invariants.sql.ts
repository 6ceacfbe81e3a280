import type { Queryable } from '../database/database.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import { type Days, today } from '../snapshot/checklist.sql.js'

const { sql } = Prisma

export type Violation = { invariant: string; count: number; examples: string[] }

/** How long after it is due a day may wait before that counts as a fault: several periods of every sweep. */
const patience = sql`interval '30 minutes'`

/** What must be true of the whole database at any moment. Each statement selects the ids of what breaks it. */
const invariants = (days: Days): Record<string, Prisma.Sql> => ({
  'a receipt stands for a day that is closed': sql`
    SELECT day_close.member_id || ' ' || day_close.date AS id
    FROM day_close JOIN member ON member.id = day_close.member_id WHERE day_close.date > member.closed_through`,
  'the last closed day has its receipt, unless the member was new or away': sql`
    SELECT member.id::text FROM member
    WHERE closed_through > (SELECT min(date) FROM day_close WHERE member_id = member.id)
      AND closed_through >= ${days.clock.sqlNow}::date - ${limits.historyDays}::int
      AND NOT EXISTS (SELECT FROM day_close WHERE member_id = member.id AND date = closed_through)`,
  'the receipts of the days that history covers have no gaps': sql`
    SELECT member_id || ' ' || date AS id
    FROM (SELECT member_id, date, lag(date) OVER (PARTITION BY member_id ORDER BY date) AS previous FROM day_close) receipt
    WHERE previous < date - 1 AND previous >= ${days.clock.sqlNow}::date - ${limits.historyDays}::int`,
  // A day is closed once the next has begun, by the settings of then. By those of now the date can be three less: clocks differ by 26
  // hours at most (+14:00 to -12:00), starts of the day by less than 24, and dates whose instants differ by less than 50 hours by 3.
  'no day is closed before its end': sql`
    SELECT id::text FROM member WHERE closed_through > local_date(${days.clock.sqlNow}, time_zone, day_starts_at, NULL) + 2`,
  'the next closing is after the day that follows the last closed one': sql`
    SELECT id::text FROM member
    WHERE next_close_at <> 'infinity' AND next_close_at NOT BETWEEN
      day_start(closed_through + 2, time_zone, day_starts_at) AND day_start(closed_through + 2, time_zone, day_starts_at) + interval '1 hour'`,
  'nobody waits for a closing': sql`
    SELECT id::text FROM member
    WHERE next_close_at < ${days.clock.sqlNow} - ${patience} AND last_seen_on >= ${days.clock.sqlNow}::date - ${limits.historyDays}::int`,
  'a closed day has no more missions, and no more checks, than its receipt says': sql`
    SELECT day_close.member_id || ' ' || day_close.date AS id
    FROM day_close
    JOIN scenario ON scenario.member_id = day_close.member_id
    JOIN mission ON mission.scenario_id = scenario.id AND mission.use_date = day_close.date
    GROUP BY day_close.member_id, day_close.date, total_count, checked_count
    HAVING count(*) > total_count OR count(*) FILTER (WHERE is_checked) > checked_count`,
  'a closed day has a row for each template that is older than its closing': sql`
    SELECT template.id || ' ' || day_close.date AS id
    FROM day_close
    JOIN member ON member.id = day_close.member_id
    JOIN scenario ON scenario.member_id = day_close.member_id
    JOIN mission template ON template.scenario_id = scenario.id AND template.use_date IS NULL AND template.created_at < day_close.closed_at
    LEFT JOIN mission child ON child.parent_mission_id = template.id AND child.use_date = day_close.date
    WHERE child.id IS NULL AND day_close.date >= ${today(sql`member`, days)} - ${limits.historyDays}::int`,
  'a child of an open day has its template': sql`
    SELECT mission.id::text
    FROM mission JOIN scenario ON scenario.id = mission.scenario_id JOIN member ON member.id = scenario.member_id
    WHERE mission_type = 'BASIC' AND use_date > closed_through AND parent_mission_id IS NULL`,
  'a child belongs to the scenario of its template': sql`
    SELECT child.id::text
    FROM mission child JOIN mission template ON template.id = child.parent_mission_id
    WHERE child.scenario_id <> template.scenario_id OR template.use_date IS NOT NULL`,
})

/** Checks every invariant over the whole database; gives those that do not hold. It reads all there is: for an operator. */
export async function findViolations(db: Queryable, days: Days): Promise<Violation[]> {
  const violations: Violation[] = []
  for (const [invariant, offenders] of Object.entries(invariants(days))) {
    const [found] = await db.$queryRaw<{ count: number; examples: string[] | null }[]>`
      SELECT count(*)::int AS count, (array_agg(id))[1:5] AS examples FROM (${offenders}) offender`
    if (found && found.count > 0) violations.push({ invariant, count: found.count, examples: found.examples ?? [] })
  }
  return violations
}
