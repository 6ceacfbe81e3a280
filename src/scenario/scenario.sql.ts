import type { Clock } from '../clock.js'
import type { Tx } from '../database/transaction.js'
import type { NotificationState } from '../notification/notification.input.js'
import type { Placed } from './ordering.js'
import type { Line } from './template.js'

/** The member's list by position; `sameCreation`: made by a creation with this fingerprint. */
export async function readList(
  tx: Tx,
  memberId: string,
  fingerprint: Uint8Array<ArrayBuffer>,
): Promise<(Placed & { sameCreation: boolean })[]> {
  return tx.$queryRaw`
    SELECT id::text, position, created_from IS NOT DISTINCT FROM ${fingerprint} AS "sameCreation"
    FROM scenario WHERE member_id = ${memberId}::uuid ORDER BY position`
}

export type NewScenario = {
  id: string
  name: string
  memo: string | null
  position: number
  fingerprint: Uint8Array<ArrayBuffer>
  notification: NotificationState
  lines: Line[]
}

/** Inserts a scenario with its notification and template, and counts the list's version up. False where the id is taken. */
export async function insertScenario(tx: Tx, { sqlNow }: Clock, memberId: string, scenario: NewScenario): Promise<boolean> {
  const { notification, lines } = scenario
  const inserted = await tx.$queryRaw<unknown[]>`
    WITH made AS (
      INSERT INTO scenario (id, member_id, name, memo, position, created_from, created_at, updated_at)
      VALUES (${scenario.id}::uuid, ${memberId}::uuid, ${scenario.name}, ${scenario.memo}, ${scenario.position}::int, ${scenario.fingerprint}, ${sqlNow}, ${sqlNow})
      ON CONFLICT (id) DO NOTHING
      RETURNING id
    ), bell AS (
      INSERT INTO notification (scenario_id, active, method, days_of_week, time)
      SELECT id, ${notification.active}::boolean, ${notification.method}::notification_method, ${notification.daysOfWeek}::day_of_week[], ${notification.time}::time
      FROM made
    ), template AS (
      INSERT INTO mission (id, scenario_id, mission_type, content, position, created_at, updated_at)
      SELECT line.id, made.id, 'BASIC', line.content, line.position, ${sqlNow}, ${sqlNow}
      FROM made, unnest(${ids(lines)}::uuid[], ${contents(lines)}::text[]) WITH ORDINALITY AS line (id, content, position)
    ), list AS (
      UPDATE member SET list_version = list_version + 1 WHERE id = ${memberId}::uuid AND EXISTS (SELECT FROM made)
    )
    SELECT FROM made`
  return inserted.length === 1
}

/** What some moves have changed in a member's list. */
export type Reordering = { memberId: string; moves: number; changed: Placed[] }

/** Writes new positions, and counts each list's version up by its moves. The members' locks must be held. */
export async function writePositions(tx: Tx, lists: Reordering[]): Promise<void> {
  const changed = lists.flatMap(({ memberId, changed }) => changed.map((item) => ({ memberId, ...item })))
  const owners = (of: { memberId: string }[]) => of.map(({ memberId }) => memberId)
  await tx.$executeRaw`
    WITH moved AS (
      UPDATE scenario SET position = change.position
      FROM unnest(${ids(changed)}::uuid[], ${owners(changed)}::uuid[], ${changed.map(({ position }) => position)}::int[]) AS change (id, member_id, position)
      WHERE scenario.id = change.id AND scenario.member_id = change.member_id
    )
    UPDATE member SET list_version = list_version + list.moves
    FROM unnest(${owners(lists)}::uuid[], ${lists.map(({ moves }) => moves)}::int[]) AS list (member_id, moves)
    WHERE member.id = list.member_id`
}

export type ScenarioChange = { name: string; memo: string | null; notification: NotificationState }

/** Writes a scenario's own fields and its notification, and counts its version up. */
export async function writeScenario(
  tx: Tx,
  { sqlNow }: Clock,
  scenarioId: string,
  { name, memo, notification }: ScenarioChange,
): Promise<void> {
  await tx.$executeRaw`
    WITH written AS (
      UPDATE scenario SET name = ${name}, memo = ${memo}, version = version + 1, updated_at = ${sqlNow} WHERE id = ${scenarioId}::uuid
      RETURNING id
    )
    INSERT INTO notification (scenario_id, active, method, days_of_week, time)
    SELECT id, ${notification.active}::boolean, ${notification.method}::notification_method, ${notification.daysOfWeek}::day_of_week[], ${notification.time}::time
    FROM written
    ON CONFLICT (scenario_id) DO UPDATE
      SET active = excluded.active, method = excluded.method, days_of_week = excluded.days_of_week, time = excluded.time`
}

/** Writes the lines of a template in their order; a line's version counts up where its content changes. */
export async function writeTemplate(tx: Tx, { sqlNow }: Clock, scenarioId: string, lines: Line[]): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO mission (id, scenario_id, mission_type, content, position, created_at, updated_at)
    SELECT line.id, ${scenarioId}::uuid, 'BASIC', line.content, line.position, ${sqlNow}, ${sqlNow}
    FROM unnest(${ids(lines)}::uuid[], ${contents(lines)}::text[]) WITH ORDINALITY AS line (id, content, position)
    ON CONFLICT (id) DO UPDATE SET
      content = excluded.content,
      position = excluded.position,
      version = mission.version + (mission.content <> excluded.content)::int,
      updated_at = excluded.updated_at
    WHERE (mission.content, mission.position) IS DISTINCT FROM (excluded.content, excluded.position)`
}

/**
 * Removes lines of a template with their children of the days that are still open. The children of closed days are
 * history: they stay, without a parent, and go on under the id that the API showed for them.
 */
export async function removeLines(tx: Tx, memberId: string, lineIds: string[]): Promise<void> {
  await tx.$executeRaw`
    WITH kept AS (
      UPDATE mission SET id = child_id(parent_mission_id, use_date), parent_mission_id = NULL
      FROM member
      WHERE parent_mission_id = ANY (${lineIds}::uuid[]) AND member.id = ${memberId}::uuid AND use_date <= member.closed_through
    )
    DELETE FROM mission USING member
    WHERE member.id = ${memberId}::uuid
      AND (mission.id = ANY (${lineIds}::uuid[]) OR parent_mission_id = ANY (${lineIds}::uuid[]) AND use_date > member.closed_through)`
}

/** Deletes a scenario with its missions and its notification, and counts the list's version up. */
export async function deleteScenario(tx: Tx, memberId: string, scenarioId: string): Promise<void> {
  await tx.$executeRaw`
    WITH gone AS (DELETE FROM scenario WHERE id = ${scenarioId}::uuid AND member_id = ${memberId}::uuid)
    UPDATE member SET list_version = list_version + 1 WHERE id = ${memberId}::uuid`
}

const ids = (things: { id: string }[]) => things.map(({ id }) => id)
const contents = (lines: Line[]) => lines.map(({ content }) => content)
