import { type Calendar, today } from '../calendar.sql.js'
import type { Clock } from '../clock.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import type { NotificationState } from '../notification/change.js'
import type { Operation } from '../operation/operation.js'
import { insertOperations, type OwnedOperation } from '../operation/operations.js'
import { documentOf } from '../snapshot/revision.sql.js'
import { isAnyTaken } from '../snapshot/taken.sql.js'
import { isRestorable } from './deletion.sql.js'
import type { Placed } from './ordering.js'
import type { PlacedLine } from './template.js'
import { rowsOf } from './template.sql.js'

const { empty, sql } = Prisma

/** `position`: null if deleted. `sameCreation`: made with this fingerprint, and not deleted. */
export type Listed = { id: string; position: number | null; sameCreation: boolean; restorable: boolean }

/** The member's scenarios, deleted ones too: their ids are taken. */
export async function readList(tx: Tx, clock: Clock, memberId: string, fingerprint: string | null = null): Promise<Listed[]> {
  return tx.$queryRaw`
    SELECT id::text, position, ${isRestorable(clock)} AS restorable,
           deleted_at IS NULL AND created_from IS NOT DISTINCT FROM decode(${fingerprint}, 'hex') AS "sameCreation"
    FROM scenario WHERE member_id = ${memberId}::uuid ORDER BY position`
}

export type NewScenario = {
  id: string
  name: string
  memo: string | null
  position: number
  fingerprint: string
  notification: NotificationState
  lines: PlacedLine[]
}

const notificationColumns = sql`active, method, days_of_week, time,
  place_latitude, place_longitude, place_radius_meters, place_event, place_from, place_until`

const notificationValues = ({ active, method, daysOfWeek, time, place }: NotificationState): Prisma.Sql => sql`
  ${active}::boolean, ${method}::notification_method, ${daysOfWeek}::day_of_week[], ${time}::time,
  ${place?.latitude ?? null}::float8, ${place?.longitude ?? null}::float8, ${place?.radiusMeters ?? null}::int,
  ${place?.on ?? null}::place_event, ${place?.from ?? null}::time, ${place?.until ?? null}::time`

/** Also counts the list's version up. False where one of the ids is taken. */
export async function insertScenario(tx: Tx, calendar: Calendar, memberId: string, scenario: NewScenario): Promise<boolean> {
  const { notification, lines } = scenario
  const { sqlNow } = calendar.clock
  const inserted = await tx.$queryRaw<unknown[]>`
    WITH made AS (
      INSERT INTO scenario (id, member_id, name, memo, position, created_from, created_at, updated_at, starts_on, template_since)
      SELECT ${scenario.id}::uuid, id, ${scenario.name}, ${scenario.memo}, ${scenario.position}::int, decode(${scenario.fingerprint}, 'hex'), ${sqlNow}, ${sqlNow},
             ${today(sql`member`, calendar)}, ${today(sql`member`, calendar)}
      FROM member WHERE id = ${memberId}::uuid AND NOT ${isAnyTaken(memberId, ids([scenario, ...lines]))}
      RETURNING member_id, id, starts_on
    ), its_notification AS (
      INSERT INTO notification (member_id, scenario_id, ${notificationColumns}) SELECT member_id, id, ${notificationValues(notification)} FROM made
    ), template AS (
      INSERT INTO mission (member_id, id, scenario_id, mission_type, content, weekdays, position, version, added_on, created_at, updated_at)
      SELECT made.member_id, line.id, made.id, 'BASIC', line.content, line.weekdays, line.position, 1, made.starts_on, ${sqlNow}, ${sqlNow}
      FROM made, ${rowsOf(lines)}
    ), revision AS (
      INSERT INTO template_revision (member_id, scenario_id, through, lines)
      SELECT member_id, id, 'infinity', ${documentOf(sql`(SELECT *, 1 AS version FROM ${rowsOf(lines)})`)} FROM made
    ), list AS (
      UPDATE member SET list_version = list_version + 1 WHERE id = ${memberId}::uuid AND EXISTS (SELECT FROM made)
    )
    SELECT FROM made`
  return inserted.length === 1
}

/** What some moves have changed in a member's list. */
export type Reordering = { memberId: string; moves: number; changed: Placed[]; operations: Operation[] }

/** Writes positions and their operations; counts list versions up. Under the members' locks. */
export async function writePositions(tx: Tx, clock: Clock, lists: Reordering[]): Promise<void> {
  const changed = lists.flatMap(({ memberId, changed }) => changed.map((item) => ({ memberId, ...item })))
  const owners = (of: { memberId: string }[]) => of.map(({ memberId }) => memberId)
  const done = lists.flatMap(({ memberId, operations }) => operations.map((operation): OwnedOperation => ({ memberId, operation })))
  await tx.$executeRaw`
    WITH moved AS (
      UPDATE scenario SET position = change.position
      FROM unnest(${ids(changed)}::uuid[], ${owners(changed)}::uuid[], ${changed.map(({ position }) => position)}::int[]) AS change (id, member_id, position)
      WHERE scenario.id = change.id AND scenario.member_id = change.member_id
    )${done.length > 0 ? sql`, done AS (${insertOperations(clock, done)})` : empty}
    UPDATE member SET list_version = list_version + list.moves
    FROM unnest(${owners(lists)}::uuid[], ${lists.map(({ moves }) => moves)}::int[]) AS list (member_id, moves)
    WHERE member.id = list.member_id`
}

export type ScenarioChange = { name: string; memo: string | null; notification: NotificationState }

/** Writes a scenario's own fields and its notification, and counts its version up. */
export async function writeScenario(
  tx: Tx,
  { sqlNow }: Clock,
  memberId: string,
  scenarioId: string,
  { name, memo, notification }: ScenarioChange,
): Promise<void> {
  await tx.$executeRaw`
    WITH written AS (
      UPDATE scenario SET name = ${name}, memo = ${memo}, version = version + 1, updated_at = ${sqlNow}
      WHERE member_id = ${memberId}::uuid AND id = ${scenarioId}::uuid
      RETURNING member_id, id
    )
    INSERT INTO notification (member_id, scenario_id, ${notificationColumns}) SELECT member_id, id, ${notificationValues(notification)} FROM written
    ON CONFLICT (member_id, scenario_id) DO UPDATE SET
      active = excluded.active, method = excluded.method, days_of_week = excluded.days_of_week, time = excluded.time,
      place_latitude = excluded.place_latitude, place_longitude = excluded.place_longitude, place_radius_meters = excluded.place_radius_meters,
      place_event = excluded.place_event, place_from = excluded.place_from, place_until = excluded.place_until`
}

const ids = (things: { id: string }[]) => things.map(({ id }) => id)
