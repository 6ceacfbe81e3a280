import { isListedOn } from '../calendar.sql.js'
import type { Clock } from '../clock.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { isTaken } from '../snapshot/taken.sql.js'

const { sql } = Prisma

export type TodayMission = { id: string; scenarioId: string; date: string; content: string }

/** A TODAY mission of the member that is on its date's list. */
export async function readTodayMission(tx: Tx, memberId: string, missionId: string): Promise<TodayMission | null> {
  const [row] = await tx.$queryRaw<TodayMission[]>`
    SELECT id::text, scenario_id::text AS "scenarioId", use_date::text AS date, content
    FROM mission
    WHERE member_id = ${memberId}::uuid AND id = ${missionId}::uuid AND mission_type = 'TODAY' AND ${isListedOn(sql`use_date`, sql`mission`)}`
  return row ?? null
}

/** False where something else of the member bears this id. */
export async function insertTodayMission(tx: Tx, { sqlNow }: Clock, memberId: string, mission: TodayMission): Promise<boolean> {
  const { id, scenarioId, date, content } = mission
  const inserted = await tx.$executeRaw`
    INSERT INTO mission (member_id, id, scenario_id, mission_type, use_date, content, created_at, updated_at)
    SELECT ${memberId}::uuid, ${id}::uuid, ${scenarioId}::uuid, 'TODAY', ${date}::date, ${content}, ${sqlNow}, ${sqlNow}
    WHERE NOT ${isTaken(memberId, id)}`
  return inserted === 1
}

export async function deleteTodayMission(tx: Tx, memberId: string, missionId: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM mission WHERE member_id = ${memberId}::uuid AND id = ${missionId}::uuid AND mission_type = 'TODAY'`
}
