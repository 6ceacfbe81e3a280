import { type Calendar, today } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import { memberGone } from '../errors.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import type { FoundChanges } from './changed.js'
import type { SyncPoint } from './sync-token.js'

const { sql } = Prisma

/** How long a token is usable. What was deleted is remembered for a day longer, not less. */
const tokenDays = 29

/** The cluster, its timeline and its last restoration: a restored database has another history. */
const history = sql`(SELECT system_identifier FROM pg_control_system()) || '.' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
  || coalesce((SELECT '.' || history FROM restoration ORDER BY restored_at DESC LIMIT 1), '')`

/**
 * What has changed since a point, and the present point, by one statement: rows whose writer is not
 * visible there, even if it began before. UNAUTHENTICATED where there is no such member.
 */
export async function findChanges(db: Queryable, calendar: Calendar, memberId: string, since: SyncPoint | null): Promise<FoundChanges> {
  const { sqlNow } = calendar.clock
  const isUsable = sql`${since?.history ?? null}::text = here.history AND ${since?.memberId ?? null}::uuid = member.id
    AND to_timestamp(${since?.takenAt ?? null}::bigint) > ${sqlNow} - make_interval(days => ${tokenDays}::int)
    AND pg_snapshot_xmax(token.snapshot) <= pg_snapshot_xmax(pg_current_snapshot())`
  const isChanged = (row: Prisma.Sql) => sql`(point.since IS NULL OR NOT pg_visible_in_snapshot(${row}.written_by, point.since))`
  const [found] = await db.$queryRaw<FoundChanges[]>`
    WITH point AS MATERIALIZED (
      SELECT here.history, extract(epoch FROM ${sqlNow})::bigint AS taken_at, member.id AS member_id, member.list_version, member.written_by,
             ${today(sql`member`, calendar)} AS today, CASE WHEN ${isUsable} THEN token.snapshot END AS since
      FROM member, (SELECT ${history} AS history) here, (
        SELECT CASE WHEN pg_input_is_valid(given, 'pg_snapshot') THEN given::pg_snapshot END AS snapshot
        FROM (SELECT ${since?.snapshot ?? null}::text AS given OFFSET 0) client
      ) token
      WHERE member.id = ${memberId}::uuid
    ), gone AS MATERIALIZED (
      -- Once, and not for each scenario: a member can delete without end. Where the limit cuts, a
      -- full sync follows (Sync.look), so that no part below needs what is cut off.
      SELECT tombstone.id, tombstone.scenario_id, tombstone.use_date
      FROM point JOIN tombstone ON tombstone.member_id = point.member_id
      WHERE point.since IS NOT NULL AND ${isChanged(sql`tombstone`)}
      LIMIT ${limits.deletionsTold + 1}::int
    )
    SELECT lasting_snapshot()::text AS snapshot, point.history, point.taken_at::float8 AS "takenAt", point.since IS NULL AS "fullSync",
           point.today::text, point.list_version AS "listVersion", ${isChanged(sql`point`)} AS "memberChanged",
           (SELECT coalesce(json_agg(json_build_object('id', changed.id, 'templateChanged', changed.template)), '[]') FROM (
              SELECT scenario.id, ${isChanged(sql`scenario`)} OR ${isChanged(sql`notification`)} AS itself,
                     EXISTS (SELECT FROM mission line
                             WHERE line.member_id = point.member_id AND line.scenario_id = scenario.id AND line.use_date IS NULL AND ${isChanged(sql`line`)})
                     OR scenario.id IN (SELECT scenario_id FROM gone WHERE use_date IS NULL) AS template
              FROM scenario JOIN notification ON notification.member_id = scenario.member_id AND notification.scenario_id = scenario.id
              WHERE scenario.member_id = point.member_id AND scenario.deleted_at IS NULL
            ) changed WHERE changed.itself OR changed.template) AS scenarios,
           (SELECT coalesce(json_agg(json_build_object('scenarioId', changed.scenario_id, 'date', changed.use_date)), '[]') FROM (
              SELECT coalesce(mission.scenario_id, line.scenario_id) AS scenario_id, mission.use_date
              FROM mission LEFT JOIN mission line ON line.member_id = mission.member_id AND line.id = mission.parent_mission_id
              WHERE mission.member_id = point.member_id AND mission.use_date >= point.today - 1 AND ${isChanged(sql`mission`)}
              UNION
              SELECT scenario_id, use_date FROM gone WHERE use_date >= point.today - 1
            ) changed
            JOIN scenario ON scenario.member_id = point.member_id AND scenario.id = changed.scenario_id AND scenario.deleted_at IS NULL) AS days,
           (SELECT coalesce(json_agg(deleted.id), '[]') FROM (
              SELECT id FROM gone
              UNION ALL
              SELECT left_over.id FROM (
                SELECT id, written_by FROM scenario WHERE member_id = point.member_id AND deleted_at IS NOT NULL
                UNION ALL
                SELECT id, written_by FROM mission WHERE member_id = point.member_id AND use_date IS NULL AND removed_on IS NOT NULL
              ) left_over WHERE point.since IS NOT NULL AND ${isChanged(sql`left_over`)} LIMIT ${limits.deletionsTold + 1}::int
            ) deleted) AS "deletedIds"
    FROM point`
  if (!found) throw memberGone()
  return found
}

/** Of several members, those of whom anything has changed since a point of each. */
export async function findChangedMembers(db: Queryable, { clock }: Calendar, points: SyncPoint[]): Promise<string[]> {
  const changed = (table: Prisma.Sql, condition = sql`true`) => sql`EXISTS (
    SELECT FROM ${table} changed
    WHERE changed.member_id = point.member_id AND ${condition} AND NOT pg_visible_in_snapshot(changed.written_by, point.snapshot))`
  // From yesterday on, in any zone; the look at the member decides which dates are told.
  const recent = sql`(changed.use_date IS NULL OR changed.use_date >= ${clock.sqlNow}::date - 3)`
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT point.member_id::text AS id
    FROM (SELECT ${history} AS history) here, unnest(
      ${points.map(({ memberId }) => memberId)}::uuid[], ${points.map(({ snapshot }) => snapshot)}::text[]::pg_snapshot[],
      ${points.map(({ history }) => history)}::text[]) AS point (member_id, snapshot, history)
    LEFT JOIN member ON member.id = point.member_id
    WHERE member.id IS NULL OR point.history <> here.history OR NOT pg_visible_in_snapshot(member.written_by, point.snapshot)
       OR ${changed(sql`scenario`)} OR ${changed(sql`notification`)} OR ${changed(sql`mission`, recent)} OR ${changed(sql`tombstone`)}`
  return rows.map(({ id }) => id)
}
