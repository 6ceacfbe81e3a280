import { type Calendar, isListedOn, isOpen } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import { Prisma } from '../generated/prisma/client.js'
import { memberFields, ownerColumns, ownerRow } from './owner.sql.js'
import type { Parts } from './parts.js'
import { isPresent } from './revision.sql.js'
import { byMember, type SnapshotRow, toSnapshot } from './rows.js'
import type { ChecklistRow, MemberRow, Snapshot } from './snapshot.types.js'

const { sql, empty } = Prisma

/**
 * Reads members with the requested parts, scenarios in order, in one statement: in one snapshot
 * nobody sees half a deletion or rebalance. By member id; without those who are gone.
 */
export async function readSnapshots(
  db: Queryable,
  calendar: Calendar,
  { memberIds, parts }: { memberIds: string[]; parts: Partial<Parts> },
): Promise<Map<string, Snapshot>> {
  const snapshots = new Map<string, Snapshot>()
  for (const group of byMember(await readRows(db, calendar, memberIds, parts))) {
    snapshots.set((group[0] as SnapshotRow).memberId, toSnapshot(group))
  }
  return snapshots
}

/** Has a small statement for no scenarios: signing in and `me` need no more. */
export async function readSnapshot(db: Queryable, calendar: Calendar, memberId: string, parts: Partial<Parts>): Promise<Snapshot> {
  if (parts.scenarios) return toSnapshot(await readRows(db, calendar, [memberId], parts))
  return toSnapshot(
    await db.$queryRaw<SnapshotRow[]>`
      SELECT ${ownerColumns}, ${memberFields} AS member, NULL AS id FROM ${ownerRow(sql`${memberId}::uuid`, calendar)} owner`,
  )
}

export async function readMember(db: Queryable, calendar: Calendar, memberId: string, parts: Partial<Parts>): Promise<MemberRow> {
  return (await readSnapshot(db, calendar, memberId, { ...parts, member: true })).member as MemberRow
}

const readRows = (db: Queryable, calendar: Calendar, memberIds: string[], parts: Partial<Parts>): Promise<SnapshotRow[]> =>
  db.$queryRaw`
    SELECT snapshot.*
    FROM unnest(${memberIds}::uuid[]) AS wanted (id)
    CROSS JOIN LATERAL (${snapshotRows(calendar, { memberId: sql`wanted.id`, ...bound(parts) })}) AS snapshot`

/** `scenarioId`: the id, or an expression for it. */
type One = { memberId: string; scenarioId: string | Prisma.Sql; parts: Partial<Parts> }

/** Reads one scenario of a member, in a list of one or none. */
export async function readScenario(db: Queryable, calendar: Calendar, { memberId, scenarioId, parts }: One): Promise<Snapshot> {
  const which = { memberId: sql`${memberId}::uuid`, scenarioId: sql`(${scenarioId})::uuid`, ...bound(parts) }
  return toSnapshot(await db.$queryRaw(snapshotRows(calendar, which)))
}

/** The same, by the id of a line of the scenario, or by its own. */
export function readScenarioWith(
  db: Queryable,
  calendar: Calendar,
  { id, memberId, parts }: Omit<One, 'scenarioId'> & { id: string },
): Promise<Snapshot> {
  const ofLine = sql`SELECT scenario_id FROM mission WHERE member_id = ${memberId}::uuid AND id = ${id}::uuid AND use_date IS NULL`
  return readScenario(db, calendar, { memberId, scenarioId: sql`coalesce((${ofLine}), ${id}::uuid)`, parts })
}

/** Checklists of a member by id, in one statement; without those of deleted scenarios. */
export async function readChecklists(
  db: Queryable,
  calendar: Calendar,
  { memberId, which, parts }: { memberId: string; which: { scenarioId: string; date: string }[]; parts: Partial<Parts> },
): Promise<Map<string, ChecklistRow>> {
  if (which.length === 0) return new Map()
  const { dates, ...others } = bound({ ...parts, basicMissions: true })
  const one = { memberId: sql`${memberId}::uuid`, scenarioId: sql`wanted.scenario_id`, ...others, dates: sql`(${dates} || wanted.date)` }
  const rows = await db.$queryRaw<(SnapshotRow & { wantedDate: string })[]>`
    SELECT wanted.date::text AS "wantedDate", snapshot.*
    FROM unnest(${which.map(({ scenarioId }) => scenarioId)}::uuid[], ${which.map(({ date }) => date)}::date[]) AS wanted (scenario_id, date)
    CROSS JOIN LATERAL (${snapshotRows(calendar, one)}) AS snapshot`
  const checklists = new Map<string, ChecklistRow>()
  for (const row of rows) {
    const checklist = toSnapshot([row]).scenarios[0]?.checklists.find(({ date }) => date === row.wantedDate)
    if (checklist) checklists.set(checklist.id, checklist)
  }
  return checklists
}

type Which = {
  memberId: Prisma.Sql
  /** Left out: all scenarios of the member. */
  scenarioId?: Prisma.Sql
  withMember: Prisma.Sql
  withNotification: Prisma.Sql
  withTimes: Prisma.Sql
  withLines: Prisma.Sql
  /** An array of dates; NULL stands for the member's today. */
  dates: Prisma.Sql
}

const bound = ({ member = false, notification = false, times = false, basicMissions = false, checklists = [] }: Partial<Parts>) => ({
  withMember: sql`${member}::boolean`,
  withNotification: sql`${notification}::boolean`,
  withTimes: sql`${times}::boolean`,
  withLines: sql`${basicMissions || checklists.length > 0}::boolean`,
  dates: sql`${checklists}::date[]`,
})

/**
 * The text is the same whatever is requested: parameters switch parts off. Nested rows come as JSON
 * arrays: PostgreSQL finds rows, the process assembles them (ADR 3).
 */
function snapshotRows(calendar: Calendar, which: Which): Prisma.Sql {
  const { memberId, scenarioId, withMember, withNotification, withTimes, withLines, dates } = which
  // One scenario needs no sorting or counting, which would cost time all the same.
  const isFirst = scenarioId ? sql`true` : sql`row_number() OVER (ORDER BY scenario.position) = 1`
  const ofScenario = (column: Prisma.Sql) => (scenarioId ? sql`AND ${column} = ${scenarioId}` : empty)
  const requested = sql`(SELECT coalesce(date, owner.today) AS date FROM unnest(${dates}) AS date) requested`
  return sql`
    SELECT ${ownerColumns}, CASE WHEN ${withMember} AND ${isFirst} THEN ${memberFields} END AS member,
           scenario.id::text, scenario.name, scenario.memo, scenario.version, scenario.position, scenario.starts_on::text AS "startsOn",
           CASE WHEN ${withTimes} THEN rfc3339(scenario.created_at) END AS "createdAt",
           CASE WHEN ${withTimes} THEN rfc3339(scenario.updated_at) END AS "updatedAt",
           notification.active, notification.method::text, to_json(notification.days_of_week) AS "daysOfWeek",
           to_char(notification.time, 'HH24:MI') AS time, ${placeOf(sql`notification`)} AS place,
           revision.lines,
           (SELECT json_agg(json_build_object('date', requested.date, 'lines', (
              SELECT lines FROM template_revision
              WHERE member_id = owner.id AND scenario_id = scenario.id AND through >= requested.date ORDER BY through LIMIT 1)))
            FROM ${requested} WHERE requested.date >= scenario.starts_on AND requested.date < scenario.template_since) AS revisions,
           CASE WHEN ${isFirst} THEN (
             SELECT json_agg(json_build_object(
               'date', requested.date,
               'closed', NOT ${isOpen(sql`requested.date`, sql`owner`, calendar)},
               'checkedIds', (${checkedIds(memberId, sql`requested.date`, scenarioId)}),
               'todayMissions', (
                 SELECT json_agg(json_build_object('id', id, 'scenarioId', scenario_id, 'content', content, 'isChecked', is_checked)
                                 ORDER BY created_at DESC, id DESC)
                 FROM mission WHERE member_id = owner.id AND use_date = requested.date AND parent_mission_id IS NULL AND ${isListedOn(sql`requested.date`, sql`mission`)}
                   ${ofScenario(sql`scenario_id`)})))
             FROM ${requested}) END AS days
    FROM ${ownerRow(memberId, calendar)} owner
    LEFT JOIN scenario ON scenario.member_id = owner.id AND scenario.deleted_at IS NULL ${ofScenario(sql`scenario.id`)}
    LEFT JOIN notification ON ${withNotification} AND notification.member_id = owner.id AND notification.scenario_id = scenario.id
    LEFT JOIN template_revision revision ON ${withLines} AND revision.member_id = owner.id AND revision.scenario_id = scenario.id AND ${isPresent}
    ${scenarioId ? empty : sql`ORDER BY scenario.position`}`
}

/** Lines checked on a date. One scenario's are found by line: others may be thousands. */
const checkedIds = (memberId: Prisma.Sql, date: Prisma.Sql, scenarioId?: Prisma.Sql): Prisma.Sql =>
  scenarioId
    ? sql`
      SELECT json_agg(parent_mission_id)
      FROM mission WHERE member_id = ${memberId} AND use_date = ${date} AND is_checked AND parent_mission_id = ANY (ARRAY(
        SELECT id FROM mission line WHERE line.member_id = ${memberId} AND line.scenario_id = ${scenarioId} AND line.use_date IS NULL))`
    : sql`
      SELECT json_agg(parent_mission_id)
      FROM mission WHERE member_id = ${memberId} AND use_date = ${date} AND parent_mission_id IS NOT NULL AND is_checked`

/** A notification's place as the API shows it, in JSON; NULL where it has none. */
export const placeOf = (notification: Prisma.Sql): Prisma.Sql => sql`
  CASE WHEN ${notification}.place_event IS NOT NULL THEN json_build_object(
    'latitude', ${notification}.place_latitude, 'longitude', ${notification}.place_longitude,
    'radiusMeters', ${notification}.place_radius_meters, 'on', ${notification}.place_event,
    'from', to_char(${notification}.place_from, 'HH24:MI'), 'until', to_char(${notification}.place_until, 'HH24:MI')) END`
