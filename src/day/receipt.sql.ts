import { type Calendar, datesOfLateChecks, isListedOn, nextCloseAt } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import type { IdList } from './day.sql.js'
import type { DayReceipt, Streaks } from './day.types.js'

const { sql } = Prisma

/** What closed a day: the job, or a change of the member's zone or start of the day. */
export type CloseSource = 'job' | 'change'

/** How many missions were on a member's lists of a date, and how many of them were checked. */
const counts = (memberId: Prisma.Sql, date: Prisma.Sql): Prisma.Sql => sql`(
  SELECT coalesce(sum(lines), 0)::int AS total, coalesce(sum(checked), 0)::int AS checked
  FROM (
    SELECT count(*) AS lines, 0 AS checked
    FROM mission WHERE member_id = ${memberId} AND use_date IS NULL AND ${isListedOn(date, sql`mission`)}
    UNION ALL
    SELECT count(*), count(*) FILTER (WHERE is_checked)
    FROM mission WHERE member_id = ${memberId} AND use_date = ${date} AND parent_mission_id IS NULL AND ${isListedOn(date, sql`mission`)}
    UNION ALL
    SELECT 0, count(*)
    FROM mission child JOIN mission line ON line.member_id = child.member_id AND line.id = child.parent_mission_id
    WHERE child.member_id = ${memberId} AND child.use_date = ${date} AND child.is_checked AND ${isListedOn(date, sql`line`)}
  ) kind
)`

/**
 * Closes the oldest ended day of each of these members: its receipt and the watermarks. Gives how
 * many days it closed, and how many members have no more. An earlier statement must have locked
 * them, so that this one sees every check that was acknowledged (ADR 12). Days older than history
 * are skipped without a receipt.
 */
export async function closeOldestEndedDay(
  tx: Tx,
  calendar: Calendar,
  memberIds: IdList,
  { source, afterGrace }: { source: CloseSource; afterGrace: boolean },
): Promise<{ days: number; members: number }> {
  const { sqlNow } = calendar.clock
  const grace = afterGrace ? calendar : { graceMs: 0 }
  const [closed] = await tx.$queryRaw<[{ days: number; members: number }]>`
    WITH due AS MATERIALIZED (
      SELECT id, time_zone, day_starts_at,
             greatest(closed_through + 1, local_date(${sqlNow}, time_zone, day_starts_at, NULL) - ${limits.historyDays}::int) AS date
      FROM member
      WHERE id = ANY (${memberIds}::uuid[]) AND ${nextCloseAt(sql`closed_through`, sql`member`, grace)} <= ${sqlNow}
    ), receipt AS (
      INSERT INTO day_close (member_id, date, closed_at, source, total_count, checked_count)
      SELECT due.id, due.date, ${sqlNow}, ${source}::close_source, count.total, count.checked
      FROM due CROSS JOIN LATERAL ${counts(sql`due.id`, sql`due.date`)} count
    ), closed AS (
      UPDATE member SET closed_through = due.date, next_close_at = ${nextCloseAt(sql`due.date`, sql`due`, calendar)}
      FROM due WHERE member.id = due.id
      RETURNING next_close_at
    )
    SELECT count(*)::int AS days, (count(*) FILTER (WHERE next_close_at > ${sqlNow}))::int AS members FROM closed`
  return closed
}

/** `paused` comes from the pauses, which do not change any more for a date that is over. */
const columns = sql`date::text, rfc3339(closed_at) AS "closedAt", total_count AS "totalCount", checked_count AS "checkedCount", version,
  EXISTS (SELECT FROM pause WHERE pause.member_id = day_close.member_id AND date BETWEEN starts_on AND ends_on) AS paused`

/**
 * Counts a receipt anew, under the member's lock; null if there is none. `sync` sees the member as
 * changed, also without a receipt: nothing else tells of a checklist from before yesterday.
 */
export async function recount(tx: Tx, memberId: string, date: string): Promise<DayReceipt | null> {
  const [receipt] = await tx.$queryRaw<DayReceipt[]>`
    WITH receipt AS (
      UPDATE day_close SET total_count = count.total, checked_count = count.checked, version = version + 1
      FROM ${counts(sql`${memberId}::uuid`, sql`${date}::date`)} count
      WHERE member_id = ${memberId}::uuid AND date = ${date}::date
      RETURNING ${columns}
    ), marked AS (
      UPDATE member SET written_by = pg_current_xact_id() WHERE id = ${memberId}::uuid
    )
    SELECT * FROM receipt`
  return receipt ?? null
}

export async function readReceipts(db: Queryable, memberId: string, from: string, to: string): Promise<DayReceipt[]> {
  return db.$queryRaw`
    SELECT ${columns}
    FROM day_close WHERE member_id = ${memberId}::uuid AND date BETWEEN ${from}::date AND ${to}::date ORDER BY date`
}

/**
 * Runs of closed days with at least one mission and all of them checked; the current one ends with
 * the last closed day. Dates that the zone skipped (they began and ended at one instant) or a pause
 * covers neither count nor break a run. After a long absence, paused dates have no receipt.
 */
export async function readStreaks(db: Queryable, memberId: string): Promise<Streaks> {
  const [streaks] = await db.$queryRaw<Streaks[]>`
    WITH owner AS (
      SELECT id, time_zone, day_starts_at, closed_through FROM member WHERE id = ${memberId}::uuid
    ), paused AS (
      SELECT starts_on + n AS date
      FROM owner JOIN pause ON member_id = owner.id
      CROSS JOIN LATERAL generate_series(greatest(0, closed_through - ${limits.receiptDays}::int - starts_on), least(ends_on, closed_through) - starts_on) AS n
    ), day AS (
      SELECT date, coalesce(total_count > 0 AND checked_count = total_count, false) AS complete, closed_through,
             paused.date IS NOT NULL OR day_start(date, time_zone, day_starts_at) = day_start(date + 1, time_zone, day_starts_at) AS skipped
      FROM owner CROSS JOIN ((SELECT * FROM day_close WHERE member_id = ${memberId}::uuid) receipt FULL JOIN paused USING (date))
    ), numbered AS (
      -- Skipped dates are left out of the count, so that their neighbours stand side by side.
      SELECT *, date - (count(*) FILTER (WHERE skipped) OVER (ORDER BY date))::int AS number FROM day
    ), run AS (
      SELECT count(*) AS length, max(number) AS last_number
      FROM (SELECT number, number - row_number() OVER (ORDER BY number)::int AS island FROM numbered WHERE complete AND NOT skipped) complete
      GROUP BY island
    )
    SELECT coalesce(max(length), 0)::int AS longest,
           coalesce(max(length) FILTER (WHERE last_number = (SELECT max(number) FILTER (WHERE NOT skipped) FROM numbered WHERE date <= closed_through)), 0)::int AS current
    FROM run`
  return streaks ?? { current: 0, longest: 0 }
}

/**
 * Before a member's zone or start of day changes: keeps when the last closed dates ended, which the
 * next settings do not tell and `closed_at` does not either. A late check may still be of them.
 */
export async function keepEnds(tx: Tx, memberId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE day_close SET ended_at = greatest(day_start(date + 1, time_zone, day_starts_at), settings_since)
    FROM member
    WHERE member.id = ${memberId}::uuid AND member_id = member.id AND date > closed_through - ${datesOfLateChecks}::int AND ended_at IS NULL`
}
