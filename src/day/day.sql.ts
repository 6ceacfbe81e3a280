import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import { type Days, grace, today } from '../snapshot/checklist.sql.js'

const { sql } = Prisma
const member = sql`member`

export type CloseSource = 'job' | 'lazy'

export type DueMember = { id: string; away: boolean }

/**
 * Takes the locks of members who have a day to close, those first who have waited longest. Whoever is busy right now is
 * passed over, and found again by the next chunk or the next run; so is what another worker has taken. `away`: not seen
 * for as long as history is kept.
 */
export async function lockDueMembers(tx: Tx, { clock }: Days, limit: number): Promise<DueMember[]> {
  return tx.$queryRaw`
    SELECT id::text, last_seen_on < ${clock.sqlNow}::date - ${limits.historyDays}::int AS away FROM member
    WHERE next_close_at <= ${clock.sqlNow}
    ORDER BY next_close_at
    LIMIT ${limit}::int
    FOR NO KEY UPDATE SKIP LOCKED`
}

/** Takes members who are away out of the job's sight, so that it does not walk past them every minute. */
export async function parkMembers(tx: Tx, memberIds: string[]): Promise<void> {
  await tx.$executeRaw`UPDATE member SET next_close_at = 'infinity' WHERE id = ANY (${memberIds}::uuid[])`
}

/**
 * Closes the oldest due day of each of these members, whose locks must be held: the receipt, the children as they stand
 * frozen, and the watermark, in one statement. Gives how many days it closed; called until that is none.
 *
 * A statement of its own after the one that took the locks, so that it sees every tick that was acknowledged before.
 * Days older than history is kept (the member was away) are passed over without a receipt.
 */
export async function closeOldestDueDay(tx: Tx, days: Days, memberIds: string[], source: CloseSource): Promise<number> {
  const { clock } = days
  return tx.$executeRaw`
    WITH due AS MATERIALIZED (
      SELECT id, time_zone, day_starts_at,
             greatest(closed_through + 1, local_date(${clock.sqlNow}, time_zone, day_starts_at, NULL) - ${limits.historyDays}::int) AS date
      FROM member
      WHERE id = ANY (${memberIds}::uuid[]) AND next_close_at <= ${clock.sqlNow}
    ), template AS MATERIALIZED (
      SELECT due.id AS member_id, due.date, mission.id, mission.scenario_id, mission.content, mission.position
      FROM due
      JOIN scenario ON scenario.member_id = due.id
      JOIN mission ON mission.scenario_id = scenario.id AND mission.use_date IS NULL
    ), ticked AS (
      -- Of a day that is not closed there are one-offs, and the children of those templates that somebody has ticked.
      SELECT due.id AS member_id,
             count(*) FILTER (WHERE mission.mission_type = 'TODAY') AS one_offs,
             count(*) FILTER (WHERE mission.is_checked) AS checked
      FROM due
      JOIN scenario ON scenario.member_id = due.id
      JOIN mission ON mission.scenario_id = scenario.id AND mission.use_date = due.date
      GROUP BY due.id
    ), counted AS (
      SELECT due.id AS member_id, due.date, coalesce(lines.count, 0) + coalesce(ticked.one_offs, 0) AS total, coalesce(ticked.checked, 0) AS checked
      FROM due
      LEFT JOIN (SELECT member_id, count(*) FROM template GROUP BY member_id) lines ON lines.member_id = due.id
      LEFT JOIN ticked ON ticked.member_id = due.id
    ), frozen AS (
      INSERT INTO mission (id, scenario_id, parent_mission_id, mission_type, use_date, content, is_checked, position, created_at, updated_at)
      SELECT uuidv7(), scenario_id, id, 'BASIC', date, content, false, position, ${clock.sqlNow}, ${clock.sqlNow} FROM template
      ON CONFLICT (parent_mission_id, use_date, mission_type) DO UPDATE
        SET content = excluded.content, position = excluded.position
        WHERE (mission.content, mission.position) IS DISTINCT FROM (excluded.content, excluded.position)
    ), receipt AS (
      INSERT INTO day_close (member_id, date, closed_at, source, total_count, checked_count)
      SELECT member_id, date, ${clock.sqlNow}, ${source}::close_source, total, checked FROM counted
    )
    UPDATE member SET closed_through = due.date, next_close_at = ${nextCloseAt(sql`due.date`, sql`due`, days)}
    FROM due WHERE member.id = due.id`
}

/** The instant at which the day after a closed one is to be closed: its end and the grace. */
export function nextCloseAt(closedThrough: Prisma.Sql, owner: Prisma.Sql, days: Days): Prisma.Sql {
  return sql`day_start(${closedThrough} + 2, ${owner}.time_zone, ${owner}.day_starts_at) + ${grace(days)}`
}

/** Notes that a member is here today, at most once a day; the days of one who was away are due again. */
export async function touchMember(db: Queryable, days: Days, memberId: string): Promise<void> {
  await db.$executeRaw`
    UPDATE member SET last_seen_on = ${today(member, days)}, next_close_at = ${nextCloseAt(sql`member.closed_through`, member, days)}
    WHERE id = ${memberId}::uuid AND last_seen_on < ${today(member, days)}`
}

export type DayReceipt = { date: string; closedAt: string; source: CloseSource; totalCount: number; checkedCount: number }

export async function readReceipts(db: Queryable, memberId: string, from: string, to: string): Promise<DayReceipt[]> {
  return db.$queryRaw`
    SELECT date::text, rfc3339(closed_at) AS "closedAt", source, total_count AS "totalCount", checked_count AS "checkedCount"
    FROM day_close WHERE member_id = ${memberId}::uuid AND date BETWEEN ${from}::date AND ${to}::date ORDER BY date`
}

export type Streaks = { current: number; longest: number }

/**
 * Runs of days, one after the other, that had at least one mission and had all of them checked. Closed days count;
 * the current streak is the one that ends with the last closed day. A date that the member's zone skipped (it began and
 * ended at one instant) neither counts nor breaks a run.
 */
export async function readStreaks(db: Queryable, memberId: string): Promise<Streaks> {
  const [streaks] = await db.$queryRaw<Streaks[]>`
    WITH day AS (
      SELECT date, total_count > 0 AND checked_count = total_count AS complete, closed_through,
             day_start(date, time_zone, day_starts_at) = day_start(date + 1, time_zone, day_starts_at) AS skipped
      FROM day_close JOIN member ON member.id = day_close.member_id
      WHERE member_id = ${memberId}::uuid
    ), numbered AS (
      -- Dates that were skipped are taken out of the count, so that their neighbours stand side by side.
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
