import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { SqlClient } from '../database/sql-client.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import { answering } from '../snapshot/answer.sql.js'
import { checklist, type Days, isOpen, item, today } from '../snapshot/checklist.sql.js'
import { type Fields, shaped } from '../snapshot/json.sql.js'
import type { Shape } from '../snapshot/shape.js'

const { sql } = Prisma

export type Tick = { missionId: string; isChecked: boolean; date: string | null }

const member = sql`member`

/** The date a tick is for: the one that is given, a one-off's own, the member's today. */
const tickDate = (date: Prisma.Sql, days: Days) => sql`coalesce(${date}, mission.use_date, ${today(member, days)})`

/** Ticks of several members, each column in the same order. */
type Ticks = { memberIds: string[]; missionIds: string[]; states: boolean[]; dates: (string | null)[] }

const tickStatement = (locks: Prisma.Sql) =>
  answering<Ticks, { number: number; answer: string }>((days, shape, { memberIds, missionIds, states, dates }) => {
    const day = tickDate(sql`asked.date`, days)
    const { sqlNow } = days.clock
    const payload: Fields = {
      item: (shape) => sql`(
        SELECT ${item(shape)}
        FROM (SELECT CASE WHEN target.is_template THEN child_id(target.id, target.date) ELSE target.id END AS id, target.id AS mission_id,
                     target.mission_type AS type, target.content, target.is_checked) i)`,
      checklist: (shape) =>
        checklist(shape, {
          scenarioId: sql`target.scenario_id`,
          date: sql`target.date`,
          owner: sql`target`,
          days,
          tick: { missionId: sql`target.id`, isChecked: sql`target.is_checked` },
        }),
    }
    return sql`
      WITH target AS MATERIALIZED (
        SELECT asked.number, asked.is_checked, mission.id, mission.scenario_id, mission.mission_type, mission.content, mission.position,
               mission.use_date IS NULL AS is_template, ${day} AS date, member.closed_through, member.time_zone, member.day_starts_at,
               ${today(member, days)} AS today
        FROM unnest(${memberIds}::uuid[], ${missionIds}::uuid[], ${states}::boolean[], ${dates}::date[]) WITH ORDINALITY
          AS asked (member_id, mission_id, is_checked, date, number)
        JOIN mission ON mission.id = asked.mission_id
        JOIN scenario ON scenario.id = mission.scenario_id
        JOIN member ON member.id = scenario.member_id
        WHERE member.id = asked.member_id
          AND (mission.use_date IS NULL OR mission.mission_type = 'TODAY' AND mission.use_date = ${day})
          AND ${day} BETWEEN ${today(member, days)} - ${limits.historyDays}::int AND ${today(member, days)} + ${limits.daysAhead}::int
          AND ${isOpen(day, member, days)}
        ${locks}
      ), child AS (
        INSERT INTO mission (id, scenario_id, parent_mission_id, mission_type, use_date, content, is_checked, position, created_at, updated_at)
        SELECT uuidv7(), scenario_id, id, 'BASIC', date, content, is_checked, position, ${sqlNow}, ${sqlNow} FROM target WHERE is_template
        ON CONFLICT (parent_mission_id, use_date, mission_type) DO UPDATE SET is_checked = excluded.is_checked, updated_at = excluded.updated_at
      ), one_off AS (
        UPDATE mission SET is_checked = target.is_checked, updated_at = ${sqlNow} FROM target WHERE mission.id = target.id AND NOT target.is_template
      )
      SELECT number::int, ${shaped('ChecklistPayload', shape, payload)} AS answer FROM target`
  })

const waitingForLocks = tickStatement(sql`FOR SHARE OF member FOR KEY SHARE OF mission`)

/**
 * Of several, none waits for a lock; and each holds its mission, so that no two of these statements want one child, for which
 * they might wait for each other.
 */
const passingOverLocks = tickStatement(sql`FOR SHARE OF member SKIP LOCKED FOR NO KEY UPDATE OF mission SKIP LOCKED`)

/**
 * Sets the states of missions on a date each, one of each member, and gives the answers (ChecklistPayloads as JSON, in the
 * shape that is asked for), in one statement. Null where there is no such mission on that date, or where the day can't be
 * changed: `explainTick` says which. Without patience, also where somebody holds the member; with it, there is one tick.
 *
 * The share lock on the member makes the tick fall wholly before or wholly after a closing of the day. Where the
 * statement had to wait for a closing, or for a removal of the template, PostgreSQL checks the locked rows once more
 * after the wait, so that the conditions hold for them as they are then. The checklist is the statement's snapshot with
 * this one tick in it.
 */
export async function tick(
  db: SqlClient,
  days: Days,
  shape: Shape,
  ticks: (Tick & { memberId: string })[],
  { waitForLocks }: { waitForLocks: boolean },
): Promise<(string | null)[]> {
  const rows = await (waitForLocks ? waitingForLocks : passingOverLocks)(db, days, shape, {
    memberIds: ticks.map(({ memberId }) => memberId),
    missionIds: ticks.map(({ missionId }) => missionId),
    states: ticks.map(({ isChecked }) => isChecked),
    dates: ticks.map(({ date }) => date),
  })
  const answers = new Map(rows.map(({ number, answer }) => [number, answer]))
  return ticks.map((_, index) => answers.get(index + 1) ?? null)
}

/** What stands in the way of a tick. `found`: the mission is there, is the member's, and is on that date. */
export type TickObstacle = { found: boolean; date: string; today: string; open: boolean }

/** A plain read that says why a tick changed nothing; null where there is no such member. */
export async function explainTick(db: Queryable, days: Days, memberId: string, { missionId, date }: Tick): Promise<TickObstacle | null> {
  const day = tickDate(sql`${date}::date`, days)
  const [row] = await db.$queryRaw<TickObstacle[]>`
    SELECT mission.id IS NOT NULL AND (mission.use_date IS NULL OR mission.mission_type = 'TODAY' AND mission.use_date = ${day}) AS found,
           ${day}::text AS date, ${today(member, days)}::text AS today, ${isOpen(day, member, days)} AS open
    FROM member
    LEFT JOIN (mission JOIN scenario ON scenario.id = mission.scenario_id)
      ON mission.id = ${missionId}::uuid AND scenario.member_id = member.id
    WHERE member.id = ${memberId}::uuid`
  return row ?? null
}

export type OneOff = { id: string; scenarioId: string; date: string; content: string }

/** A TODAY mission of the member. */
export async function readOneOff(tx: Tx, memberId: string, missionId: string): Promise<OneOff | null> {
  const [row] = await tx.$queryRaw<OneOff[]>`
    SELECT mission.id::text, mission.scenario_id::text AS "scenarioId", mission.use_date::text AS date, mission.content
    FROM mission JOIN scenario ON scenario.id = mission.scenario_id
    WHERE mission.id = ${missionId}::uuid AND mission.mission_type = 'TODAY' AND scenario.member_id = ${memberId}::uuid`
  return row ?? null
}

/** False where another mission bears this id. */
export async function insertOneOff(tx: Tx, { sqlNow }: Clock, { id, scenarioId, date, content }: OneOff): Promise<boolean> {
  const inserted = await tx.$executeRaw`
    INSERT INTO mission (id, scenario_id, mission_type, use_date, content, created_at, updated_at)
    VALUES (${id}::uuid, ${scenarioId}::uuid, 'TODAY', ${date}::date, ${content}, ${sqlNow}, ${sqlNow})
    ON CONFLICT (id) DO NOTHING`
  return inserted === 1
}

export async function deleteOneOff(tx: Tx, missionId: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM mission WHERE id = ${missionId}::uuid AND mission_type = 'TODAY'`
}
