import { type Calendar, datesOfLateChecks, isDeletedWithScenario, isListedOn, isOpen, today } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import { outOfRange } from '../dates.js'
import { type ApiError, dayClosed, notFound } from '../errors.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import type { Operation } from '../operation/operation.js'

const { empty, sql } = Prisma

/** `id`: of a line's first check. A v4 UUID: nobody sorts by it, and a v7 takes Node 10 µs. */
export type Check = {
  id: string
  memberId: string
  missionId: string
  isChecked: boolean
  date: string | null
  checkedAt: string | null
  operation: Operation | undefined
}

/** An existing mission. Its check is allowed if `isListed`, `isReadable` and `isOpen` are true. */
export type CheckRow = {
  missionId: string
  scenarioId: string
  type: 'BASIC' | 'TODAY'
  content: string
  date: string
  memberToday: string
  isListed: boolean
  isReadable: boolean
  isOpen: boolean
  /** Counted for a day that is over: its receipt must be counted anew. */
  isLate: boolean
  /** False where the operation was done before: nothing was set. */
  isNew: boolean
  /** False where another operation with this id was done before. */
  isSame: boolean
  /** After the check; null if not requested. `isCounted`: the mission's present row is counted. */
  counts: { total: number; checked: number; isCounted: boolean } | null
  /** True where its locks may have been waited for. */
  hasWaited?: boolean
}

type Options = {
  /** False: locked members and missions are skipped. True: there is only one member. */
  waitForLocks: boolean
  withCounts: boolean
  /** Also counts a check for its day that is over. The caller then writes the receipt anew. */
  countLate?: boolean
}

/**
 * Sets missions on a date each, in one statement. No two are of one mission and date, or of one
 * operation: they come in rounds. Null: no such member or mission, or, without `waitForLocks`, one
 * that is locked. The member's share lock puts a check wholly before or after a closing of the day
 * or a change of a template (ADR 12). Locked rows decide, as they are after the wait; counts are of
 * the statement's snapshot, and the check. Without a date, a check is of the date in which it was
 * made, by the clock (`checked_on`), but of none that had ended by then, in another zone perhaps.
 */
export async function writeChecks(
  db: Queryable,
  calendar: Calendar,
  checks: Check[],
  { waitForLocks, withCounts, countLate = false }: Options,
): Promise<(CheckRow | null)[]> {
  // A weaker lock of a mission, FOR KEY SHARE, would take the snapshot's row despite a change.
  const locks = waitForLocks
    ? sql`FOR SHARE OF member FOR NO KEY UPDATE OF mission`
    : sql`FOR SHARE OF member SKIP LOCKED FOR NO KEY UPDATE OF mission SKIP LOCKED`
  const { sqlNow } = calendar.clock
  // Only where there are some: even nothing to insert takes a twentieth of a check.
  const { begun, joinBegun, isNew, isSame } = checks.some(({ operation }) => operation) ? beginOperations(sqlNow) : noOperations
  const column = <Name extends keyof Check>(name: Name) => checks.map((check) => check[name])
  const rows = await db.$queryRaw<(CheckRow & { number: number })[]>`
    WITH locked AS MATERIALIZED (
      SELECT request.number, request.check_id, request.is_checked AS wanted, request.date AS wanted_date, operation_id, fingerprint,
             CASE WHEN request.checked_at IS NOT NULL THEN least(request.checked_at, ${sqlNow}) END AS checked_at,
             mission.*, member.time_zone, member.day_starts_at, member.closed_through, member.settings_since
      FROM unnest(${column('id')}::uuid[], ${column('memberId')}::uuid[], ${column('missionId')}::uuid[], ${column('isChecked')}::boolean[],
                  ${column('date')}::date[], ${column('checkedAt')}::timestamptz[],
                  ${checks.map(({ operation }) => operation?.id)}::uuid[], ${checks.map(({ operation }) => operation?.fingerprint)}::text[])
        WITH ORDINALITY AS request (check_id, member_id, mission_id, is_checked, date, checked_at, operation_id, fingerprint, number)
      JOIN member ON member.id = request.member_id
      JOIN mission ON mission.member_id = request.member_id AND mission.id = request.mission_id AND mission.parent_mission_id IS NULL
      ${locks}
    ), dated AS MATERIALIZED (
      SELECT *, local_date(${sqlNow}, time_zone, day_starts_at, closed_through) AS today,
             CASE WHEN checked_at IS NOT NULL THEN local_date(checked_at, time_zone, day_starts_at, NULL) END AS checked_on,
             CASE WHEN checked_at IS NOT NULL AND settings_since IS NOT NULL THEN (
               SELECT max(day_close.date) + 1 FROM day_close
               WHERE day_close.member_id = locked.member_id AND day_close.date > locked.closed_through - ${datesOfLateChecks}::int
                 AND ended_at <= checked_at) END AS first_open
      FROM locked
    ), judged AS MATERIALIZED (
      SELECT target.*, ${isListedOn(sql`date`, sql`target`)} AND NOT ${isDeletedWithScenario(sql`target`)} AS is_listed,
             date BETWEEN today - ${limits.historyDays}::int AND today + ${limits.daysAhead}::int AS is_readable,
             ${isOpen(sql`date`, sql`target`, calendar)} AS is_in_time,
             ${countLate}::boolean AND date < today AND coalesce(
               date IN (checked_on, made_on) AND checked_at > ${sqlNow} - make_interval(hours => ${limits.lateCheckHours}::int), false) AS counts_late
      FROM (
        SELECT *, coalesce(wanted_date, use_date, least(made_on, today)) AS date
        FROM dated CROSS JOIN LATERAL (SELECT greatest(checked_on, first_open) AS made_on) made OFFSET 0
      ) target
    ), allowed AS (
      SELECT * FROM judged WHERE is_listed AND is_readable AND (is_in_time OR counts_late)
    )${begun}, target AS (
      SELECT allowed.* FROM allowed ${joinBegun} WHERE ${isNew}
    ), line AS (
      INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked, updated_at)
      SELECT member_id, check_id, id, 'BASIC', date, wanted, ${sqlNow} FROM target WHERE mission_type = 'BASIC'
      ON CONFLICT (member_id, use_date, parent_mission_id, mission_type) DO UPDATE SET is_checked = excluded.is_checked, updated_at = excluded.updated_at
    ), today_mission AS (
      UPDATE mission SET is_checked = target.wanted, updated_at = ${sqlNow}
      FROM target WHERE mission.member_id = target.member_id AND mission.id = target.id AND target.mission_type = 'TODAY'
    )
    SELECT judged.number::int, judged.id::text AS "missionId", judged.scenario_id::text AS "scenarioId", judged.mission_type::text AS type,
           judged.content, judged.date::text, judged.today::text AS "memberToday", judged.is_listed AS "isListed", judged.is_readable AS "isReadable",
           judged.is_in_time OR judged.counts_late AS "isOpen", judged.counts_late AND NOT judged.is_in_time AS "isLate",
           ${isNew} AS "isNew", ${isSame} AS "isSame",
           CASE WHEN ${withCounts}::boolean AND judged.is_listed THEN (${countsWith(sql`judged`)}) END AS counts
    FROM judged ${joinBegun}`
  const byNumber = new Map(rows.map((row) => [row.number, row]))
  return checks.map((_, index) => byNumber.get(index + 1) ?? null)
}

export const noMission = () => notFound('mission on that date')

/** What stands in the way of a check; null where it was set, or its operation was done before. */
export function obstacleOf(row: CheckRow | null): ApiError | null {
  if (!row) return noMission()
  if (!row.isReadable) return outOfRange(row.memberToday)
  if (!row.isOpen) return dayClosed(row.date, row.memberToday)
  return row.isListed ? null : noMission()
}

/** How many missions are on a check's list, and how many are checked, this check included. */
const countsWith = (check: Prisma.Sql): Prisma.Sql => sql`
  SELECT json_build_object('total', total, 'isCounted', coalesce(is_counted, false), 'checked', checked + (
    SELECT count(*) FROM mission child
    WHERE child.member_id = ${check}.member_id AND child.use_date = ${check}.date AND child.is_checked AND child.parent_mission_id = ANY (other_ids)))
  FROM (
    SELECT count(*) AS total, bool_or(id = ${check}.id AND written_by = ${check}.written_by) AS is_counted, array_agg(id) FILTER (WHERE id <> ${check}.id) AS other_ids,
           count(*) FILTER (WHERE CASE WHEN id = ${check}.id THEN ${check}.wanted ELSE is_checked END) AS checked
    FROM mission item WHERE member_id = ${check}.member_id AND scenario_id = ${check}.scenario_id AND ${isListedOn(sql`${check}.date`, sql`item`)}
  ) list`

const noOperations = { begun: empty, joinBegun: empty, isNew: sql`true`, isSame: sql`true` }

/** Inserts operations of allowed checks. An earlier one stays; its check is not made again. */
const beginOperations = (sqlNow: Prisma.Sql) => ({
  // A row that was inserted has no xmax; one that was there has been locked.
  begun: sql`, begun AS (
      INSERT INTO operation (member_id, id, fingerprint, done_at)
      SELECT member_id, operation_id, decode(fingerprint, 'hex'), ${sqlNow} FROM allowed WHERE operation_id IS NOT NULL
      ON CONFLICT (member_id, id) DO UPDATE SET id = excluded.id
      RETURNING member_id AS owner_id, id AS begun_id, encode(fingerprint, 'hex') AS begun_fingerprint, xmax = 0 AS is_new
    )`,
  joinBegun: sql`LEFT JOIN begun ON begun.owner_id = member_id AND begun.begun_id = operation_id`,
  isNew: sql`begun.is_new IS NOT FALSE`,
  isSame: sql`(begun_fingerprint = fingerprint) IS NOT FALSE`,
})

/** Where a deleted mission was: `date` of a TODAY mission, otherwise null. */
export type GoneMission = Pick<CheckRow, 'missionId' | 'scenarioId' | 'memberToday'> & { date: string | null }

export async function findGone(db: Queryable, calendar: Calendar, memberId: string, missionIds: string[]): Promise<GoneMission[]> {
  return db.$queryRaw`
    SELECT tombstone.id::text AS "missionId", scenario_id::text AS "scenarioId", use_date::text AS date, ${today(sql`member`, calendar)}::text AS "memberToday"
    FROM tombstone JOIN member ON member.id = member_id WHERE member_id = ${memberId}::uuid AND tombstone.id = ANY (${missionIds}::uuid[])`
}
