import { isListedOn } from '../calendar.sql.js'
import type { Clock } from '../clock.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { isAnyTaken } from '../snapshot/taken.sql.js'

const { sql } = Prisma

/** Where a TODAY mission is or was. `content`: null if gone. `hasChanged`: edited or checked. */
export type TodayMission = { id: string; scenarioId: string; date: string; content: string | null; hasChanged?: boolean }

/** A TODAY mission of the member that is on its date's list, or one that was deleted. */
export async function findTodayMission(tx: Tx, memberId: string, missionId: string): Promise<TodayMission | null> {
  const [row] = await tx.$queryRaw<TodayMission[]>`
    SELECT id::text, scenario_id::text AS "scenarioId", use_date::text AS date, content, updated_at > created_at AS "hasChanged"
    FROM mission
    WHERE member_id = ${memberId}::uuid AND id = ${missionId}::uuid AND mission_type = 'TODAY' AND ${isListedOn(sql`use_date`, sql`mission`)}
    UNION ALL
    SELECT id::text, scenario_id::text, use_date::text, NULL, false
    FROM tombstone WHERE member_id = ${memberId}::uuid AND id = ${missionId}::uuid AND use_date IS NOT NULL`
  return row ?? null
}

/** False for the dates before a scenario was made, and for those on which it was deleted. */
export async function hadList(tx: Tx, memberId: string, scenarioId: string, date: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT FROM scenario
    WHERE member_id = ${memberId}::uuid AND id = ${scenarioId}::uuid AND starts_on <= ${date}::date AND (gaps @> ${date}::date) IS NOT TRUE`
  return rows.length > 0
}

export type NewTodayMission = TodayMission & { content: string }

/** False where something else of the member bears this id, or has borne it. */
export async function insertTodayMission(tx: Tx, { sqlNow }: Clock, memberId: string, mission: NewTodayMission): Promise<boolean> {
  const { id, scenarioId, date, content } = mission
  const inserted = await tx.$executeRaw`
    INSERT INTO mission (member_id, id, scenario_id, mission_type, use_date, content, created_at, updated_at)
    SELECT ${memberId}::uuid, ${id}::uuid, ${scenarioId}::uuid, 'TODAY', ${date}::date, ${content}, ${sqlNow}, ${sqlNow}
    WHERE NOT ${isAnyTaken(memberId, [id])}`
  return inserted === 1
}

export async function writeContent(tx: Tx, { sqlNow }: Clock, memberId: string, { id, content }: NewTodayMission): Promise<void> {
  await tx.$executeRaw`
    UPDATE mission SET content = ${content}, updated_at = ${sqlNow}
    WHERE member_id = ${memberId}::uuid AND id = ${id}::uuid AND mission_type = 'TODAY'`
}

/** Leaves a tombstone, by which a retried deletion knows what it was. */
export async function deleteTodayMission(tx: Tx, { sqlNow }: Clock, memberId: string, missionId: string): Promise<void> {
  await tx.$executeRaw`
    WITH deleted AS (
      DELETE FROM mission WHERE member_id = ${memberId}::uuid AND id = ${missionId}::uuid AND mission_type = 'TODAY'
      RETURNING member_id, id, scenario_id, use_date
    )
    INSERT INTO tombstone (member_id, id, scenario_id, use_date, deleted_at)
    SELECT member_id, id, scenario_id, use_date, ${sqlNow} FROM deleted`
}
