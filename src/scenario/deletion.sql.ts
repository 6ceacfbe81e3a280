import { type Calendar, today } from '../calendar.sql.js'
import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import { isPresent } from '../snapshot/revision.sql.js'
import type { DeletedScenario } from './restoring.types.js'
import type { ScenarioOnDate } from './template.sql.js'

const { sql } = Prisma

const restorableFor = sql`make_interval(days => ${limits.restorableDays}::int)`

export const isRestorable = ({ sqlNow }: Clock): Prisma.Sql => sql`coalesce(deleted_at > ${sqlNow} - ${restorableFor}, false)`

/** What a member can bring back, newest first. `id`: the scenario's. */
export async function readDeletedScenarios(db: Queryable, clock: Clock, memberId: string): Promise<DeletedScenario[]> {
  return db.$queryRaw`
    SELECT id::text, name, rfc3339(deleted_at) AS "deletedAt", rfc3339(deleted_at + ${restorableFor}) AS "restorableUntil"
    FROM scenario WHERE member_id = ${memberId}::uuid AND ${isRestorable(clock)}
    ORDER BY scenario.deleted_at DESC, scenario.id DESC LIMIT ${limits.deletedScenariosKept}::int`
}

/** True where a scenario of the member was deleted, as long as that is remembered. */
export async function isDeleted(tx: Tx, memberId: string, scenarioId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT FROM scenario WHERE member_id = ${memberId}::uuid AND id = ${scenarioId}::uuid AND deleted_at IS NOT NULL
    UNION ALL
    SELECT FROM tombstone WHERE member_id = ${memberId}::uuid AND id = ${scenarioId}::uuid AND scenario_id = id`
  return rows.length > 0
}

/**
 * Takes a scenario and its missions off the list from `today` on, and counts the list's version up.
 * Its rows stay until the purge: it can be restored, and receipts may still have to be counted. The
 * oldest of too many go now, unless their last day may still be closed, or have a late check.
 */
export async function deleteScenario(tx: Tx, { sqlNow }: Clock, { memberId, scenarioId, today }: ScenarioOnDate): Promise<void> {
  await tx.$executeRaw`
    WITH deleted AS (
      UPDATE scenario SET deleted_at = ${sqlNow}, deleted_on = ${today}::date, position = NULL
      WHERE member_id = ${memberId}::uuid AND id = ${scenarioId}::uuid
    ), missions AS (
      UPDATE mission SET absent_on = coalesce(absent_on, '{}') + datemultirange(daterange(${today}::date, NULL)), updated_at = ${sqlNow}
      WHERE member_id = ${memberId}::uuid AND scenario_id = ${scenarioId}::uuid
    ), forgotten AS (
      DELETE FROM scenario WHERE member_id = ${memberId}::uuid AND id IN (
        SELECT id FROM scenario
        WHERE member_id = ${memberId}::uuid AND deleted_at IS NOT NULL
        ORDER BY deleted_at DESC, id DESC OFFSET ${limits.deletedScenariosKept}::int - 1)
        AND (starts_on >= deleted_on OR deleted_on <= least(
          ${today}::date - ${limits.lateCheckHours / 24 + 1}::int, (SELECT closed_through FROM member WHERE id = ${memberId}::uuid) + 1))
      RETURNING member_id, id
    ), tombstones AS (
      INSERT INTO tombstone (member_id, id, scenario_id, deleted_at) SELECT member_id, id, id, ${sqlNow} FROM forgotten
    )
    UPDATE member SET list_version = list_version + 1 WHERE id = ${memberId}::uuid`
}

/**
 * Brings a scenario and its missions back from the member's today on, and counts the list's version
 * up. The days between keep an empty list, by a revision and the missions' own rows, and get no
 * new ones, by `gaps` (ADR 20). Restored on the date of its deletion, it leaves no trace.
 */
export async function restoreScenario(
  tx: Tx,
  calendar: Calendar,
  { memberId, scenarioId, position }: { memberId: string; scenarioId: string; position: number },
): Promise<{ active: boolean }> {
  // Gaps of before history are forgotten.
  const history = sql`datemultirange(daterange(today - ${limits.historyDays}::int, today))`
  const [notification] = await tx.$queryRaw<[{ active: boolean }]>`
    WITH deleted AS MATERIALIZED (
      SELECT scenario.*, ${today(sql`member`, calendar)} AS today
      FROM scenario JOIN member ON member.id = scenario.member_id
      WHERE scenario.member_id = ${memberId}::uuid AND scenario.id = ${scenarioId}::uuid
    ), revisions AS (
      INSERT INTO template_revision (member_id, scenario_id, through, lines)
      SELECT revision.member_id, scenario_id, deleted_on - 1, lines
      FROM deleted JOIN template_revision revision ON revision.member_id = deleted.member_id AND scenario_id = id AND ${isPresent}
      WHERE deleted_on < today AND template_since < deleted_on
      UNION ALL
      SELECT member_id, id, today - 1, '[]' FROM deleted WHERE deleted_on < today
    ), restored AS (
      UPDATE scenario SET deleted_at = NULL, deleted_on = NULL, position = ${position}::int,
                          template_since = CASE WHEN deleted.deleted_on < today THEN today ELSE deleted.template_since END,
                          gaps = nullif((coalesce(deleted.gaps, '{}') + datemultirange(daterange(deleted.deleted_on, today))) * ${history}, '{}')
      FROM deleted WHERE scenario.member_id = deleted.member_id AND scenario.id = deleted.id
    ), missions AS (
      UPDATE mission
      SET absent_on = nullif(absent_on * ${history}, '{}'), updated_at = ${calendar.clock.sqlNow}
      FROM deleted WHERE mission.member_id = deleted.member_id AND mission.scenario_id = deleted.id AND upper_inf(absent_on)
    ), list AS (
      UPDATE member SET list_version = list_version + 1 WHERE id = ${memberId}::uuid
    )
    SELECT active FROM notification WHERE member_id = ${memberId}::uuid AND scenario_id = ${scenarioId}::uuid`
  return notification
}
