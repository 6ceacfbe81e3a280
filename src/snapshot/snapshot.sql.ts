import { type Calendar, isOpen, today } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import { Prisma } from '../generated/prisma/client.js'
import { checklistOf, type Day, type Revision } from './checklist.js'
import type { ScenarioParts } from './parts.js'
import type { NotificationRow, ScenarioRow, Snapshot } from './snapshot.types.js'

const { sql, empty } = Prisma

/** One scenario with its parts; without an `id`, a member who has none. `days` stand with the first scenario of a member. */
export type SnapshotRow = {
  memberId: string
  today: string
  listVersion: number
  id: string | null
  name: string
  memo: string | null
  version: number
  position: number
  createdAt: string
  updatedAt: string
  startsOn: string
  active: boolean | null
  method: NotificationRow['method']
  daysOfWeek: string[] | null
  time: string | null
  lineIds: string[] | null
  lineContents: string[] | null
  lineVersions: number[] | null
  revisions: Revision[] | null
  days: Day[] | null
}

/**
 * Reads members' scenarios in their order, with just the parts that are requested, in one statement: one snapshot of the
 * database, so that nobody sees half of a deletion or half of a rebalancing. By the members' ids; without those who are gone.
 */
export async function readSnapshots(
  db: Queryable,
  calendar: Calendar,
  { memberIds, parts }: { memberIds: string[]; parts: ScenarioParts },
): Promise<Map<string, Snapshot>> {
  const rows = await db.$queryRaw<SnapshotRow[]>`
    SELECT snapshot.*
    FROM unnest(${memberIds}::uuid[]) AS wanted (id)
    CROSS JOIN LATERAL (${snapshotRows(calendar, { memberId: sql`wanted.id`, ...bound(parts) })}) AS snapshot`
  const snapshots = new Map<string, Snapshot>()
  for (const group of byMember(rows)) snapshots.set((group[0] as SnapshotRow).memberId, toSnapshot(group))
  return snapshots
}

/** Reads one scenario of a member, in a list of one or none; null where there is no such member. */
export async function readScenario(
  db: Queryable,
  calendar: Calendar,
  { memberId, scenarioId, parts }: { memberId: string; scenarioId: string; parts: ScenarioParts },
): Promise<Snapshot | null> {
  const one = { memberId: sql`${memberId}::uuid`, scenarioId: sql`${scenarioId}::uuid`, ...bound(parts) }
  const rows = await db.$queryRaw<SnapshotRow[]>(snapshotRows(calendar, one))
  return rows.length === 0 ? null : toSnapshot(rows)
}

type Which = {
  memberId: Prisma.Sql
  /** All of the member's where it is left out. */
  scenarioId?: Prisma.Sql
  withNotification: Prisma.Sql
  withLines: Prisma.Sql
  /** An array of dates; NULL stands for the member's today. */
  dates: Prisma.Sql
}

const bound = ({ notification, basicMissions, checklists }: ScenarioParts) => ({
  withNotification: sql`${notification}::boolean`,
  withLines: sql`${basicMissions || checklists.length > 0}::boolean`,
  dates: sql`${checklists}::date[]`,
})

/**
 * The statement's text does not depend on what is requested: parts are switched off by parameters. What belongs together comes
 * as JSON arrays: PostgreSQL finds the rows, the process puts them together (docs/adr/0003).
 */
export function snapshotRows(calendar: Calendar, { memberId, scenarioId, withNotification, withLines, dates }: Which): Prisma.Sql {
  const ofScenario = (column: Prisma.Sql) => (scenarioId ? sql`AND ${column} = ${scenarioId}` : empty)
  const requested = sql`(SELECT coalesce(date, owner.today) AS date FROM unnest(${dates}) AS date) requested`
  return sql`
    SELECT owner.id::text AS "memberId", owner.today::text, owner.list_version AS "listVersion",
           scenario.id::text, scenario.name, scenario.memo, scenario.version, scenario.position, scenario.starts_on::text AS "startsOn",
           rfc3339(scenario.created_at) AS "createdAt", rfc3339(scenario.updated_at) AS "updatedAt",
           notification.active, notification.method::text, to_json(notification.days_of_week) AS "daysOfWeek",
           to_char(notification.time, 'HH24:MI') AS time,
           line.ids AS "lineIds", line.contents AS "lineContents", line.versions AS "lineVersions",
           (SELECT json_agg(json_build_object('date', requested.date, 'lines', (
              SELECT lines FROM template_revision
              WHERE member_id = owner.id AND scenario_id = scenario.id AND through >= requested.date ORDER BY through LIMIT 1)))
            FROM ${requested} WHERE requested.date >= scenario.starts_on AND requested.date < scenario.template_since) AS revisions,
           CASE WHEN row_number() OVER (ORDER BY scenario.position) = 1 THEN (
             SELECT json_agg(json_build_object(
               'date', requested.date,
               'closed', NOT ${isOpen(sql`requested.date`, sql`owner`, calendar)},
               'checkedIds', (${checkedIds(memberId, sql`requested.date`, scenarioId)}),
               'todayMissions', (
                 SELECT json_agg(json_build_object('id', id, 'scenarioId', scenario_id, 'content', content, 'isChecked', is_checked)
                                 ORDER BY created_at DESC, id DESC)
                 FROM mission WHERE member_id = owner.id AND use_date = requested.date AND parent_mission_id IS NULL AND removed_on IS NULL
                   ${ofScenario(sql`scenario_id`)})))
             FROM ${requested}) END AS days
    FROM (
      -- Once, by OFFSET 0: else its expressions would be computed anew wherever they are used.
      SELECT id, time_zone, day_starts_at, closed_through, list_version, ${today(sql`member`, calendar)} AS today
      FROM member WHERE id = ${memberId} OFFSET 0
    ) owner
    LEFT JOIN scenario ON scenario.member_id = owner.id AND scenario.deleted_at IS NULL ${ofScenario(sql`scenario.id`)}
    LEFT JOIN notification ON ${withNotification} AND notification.member_id = owner.id AND notification.scenario_id = scenario.id
    LEFT JOIN LATERAL (
      SELECT json_agg(id) AS ids, json_agg(content) AS contents, json_agg(version) AS versions
      FROM (
        SELECT id, content, version FROM mission
        WHERE ${withLines} AND member_id = owner.id AND scenario_id = scenario.id AND use_date IS NULL AND removed_on IS NULL
        ORDER BY position
      ) line
    ) line ON true
    ORDER BY scenario.position`
}

/** The lines that are checked on a date. Of one scenario they are looked up by line: a member may have thousands of others. */
const checkedIds = (memberId: Prisma.Sql, date: Prisma.Sql, scenarioId?: Prisma.Sql): Prisma.Sql =>
  scenarioId
    ? sql`
      SELECT json_agg(mission.parent_mission_id)
      FROM mission line
      JOIN mission ON mission.member_id = line.member_id AND mission.use_date = ${date} AND mission.parent_mission_id = line.id
      WHERE line.member_id = ${memberId} AND line.scenario_id = ${scenarioId} AND line.use_date IS NULL AND mission.is_checked`
    : sql`
      SELECT json_agg(parent_mission_id)
      FROM mission WHERE member_id = ${memberId} AND use_date = ${date} AND parent_mission_id IS NOT NULL AND is_checked`

function byMember(rows: SnapshotRow[]): SnapshotRow[][] {
  const groups = new Map<string, SnapshotRow[]>()
  for (const row of rows) {
    const group = groups.get(row.memberId)
    if (group) group.push(row)
    else groups.set(row.memberId, [row])
  }
  return [...groups.values()]
}

/** The rows of one member, of whom there is one at least. */
export function toSnapshot(rows: SnapshotRow[]): Snapshot {
  const [{ today, listVersion, days }] = rows as [SnapshotRow]
  return { today, listVersion, scenarios: rows.flatMap((row) => (row.id === null ? [] : toScenario(row, row.id, days ?? []))) }
}

function toScenario(row: SnapshotRow, id: string, days: Day[]): ScenarioRow {
  const { name, memo, version, position, createdAt, updatedAt, startsOn, today } = row
  const basicMissions = (row.lineIds ?? []).map((lineId, index) => ({
    id: lineId,
    content: row.lineContents?.[index] as string,
    version: row.lineVersions?.[index] as number,
  }))
  const template = { startsOn, lines: basicMissions, revisions: row.revisions ?? [] }
  return {
    id,
    name,
    memo,
    version,
    position,
    createdAt,
    updatedAt,
    today,
    notification: { active: row.active ?? false, method: row.method, daysOfWeek: row.daysOfWeek ?? [], time: row.time },
    basicMissions,
    checklists: days.map((day) => checklistOf(id, template, day, today)),
  }
}
