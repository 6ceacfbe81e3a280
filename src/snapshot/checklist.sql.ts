import type { Clock } from '../clock.js'
import { Prisma } from '../generated/prisma/client.js'

const { sql } = Prisma

/** Tells the days that can still change: what the clock says, and how long after its end a day is kept open. */
export type Days = { clock: Clock; graceMs: number }

/** How long after its end a day is kept open, as an SQL interval. */
export const grace = ({ graceMs }: Pick<Days, 'graceMs'>): Prisma.Sql => sql`make_interval(secs => ${graceMs / 1_000}::float8)`

/** True while a date of `owner` (a row of member) is open: not closed, and not past its end and the grace. */
export function isOpen(date: Prisma.Sql, owner: Prisma.Sql, { clock, graceMs }: Days): Prisma.Sql {
  return sql`(${date} > ${owner}.closed_through
    AND day_start(${date} + 1, ${owner}.time_zone, ${owner}.day_starts_at) > ${clock.sqlNow} - ${grace({ graceMs })})`
}

/** The current local date of `owner` (a row of member). */
export function today(owner: Prisma.Sql, { clock }: Days): Prisma.Sql {
  return sql`local_date(${clock.sqlNow}, ${owner}.time_zone, ${owner}.day_starts_at, ${owner}.closed_through)`
}

/** A tick that this very statement makes: its row is not in the statement's snapshot yet. */
export type Tick = { missionId: Prisma.Sql; isChecked: boolean }

/**
 * The checklist of one scenario on one date as JSON (ChecklistRow). While the date is not closed: the templates as they
 * are now beside their children, then the one-offs. Once it is closed: the rows of that date alone.
 * `owner` is a row of member that has its `today` beside its columns.
 */
export function checklist(scenarioId: Prisma.Sql, date: Prisma.Sql, owner: Prisma.Sql, days: Days, tick?: Tick): Prisma.Sql {
  const checked = (id: Prisma.Sql, state: Prisma.Sql) =>
    tick ? sql`CASE WHEN ${id} = ${tick.missionId} THEN ${tick.isChecked}::boolean ELSE ${state} END` : state
  return sql`(
    SELECT json_build_object(
      'date', ${date},
      'phase', CASE WHEN ${date} < ${owner}.today THEN 'PAST' WHEN ${date} = ${owner}.today THEN 'TODAY' ELSE 'FUTURE' END,
      'closed', NOT ${isOpen(date, owner, days)},
      'items', coalesce(
        json_agg(
          json_build_object('id', i.id, 'missionId', i.mission_id, 'type', i.type, 'content', i.content, 'isChecked', i.is_checked)
          ORDER BY i.type, i.position, i.created_at DESC, i.id DESC),
        '[]'),
      'checkedCount', count(*) FILTER (WHERE i.is_checked),
      'totalCount', count(*))
    FROM (
      SELECT child_id(template.id, ${date}) AS id, template.id AS mission_id, template.mission_type AS type, template.content,
             ${checked(sql`template.id`, sql`coalesce(child.is_checked, false)`)} AS is_checked, template.position, template.created_at
      FROM mission template
      LEFT JOIN mission child
        ON child.parent_mission_id = template.id AND child.use_date = ${date} AND child.mission_type = 'BASIC'
      WHERE template.scenario_id = ${scenarioId} AND template.use_date IS NULL AND ${date} > ${owner}.closed_through
      UNION ALL
      SELECT coalesce(child_id(item.parent_mission_id, item.use_date), item.id),
             CASE item.mission_type WHEN 'TODAY' THEN item.id ELSE item.parent_mission_id END,
             item.mission_type, item.content, ${checked(sql`item.id`, sql`item.is_checked`)}, item.position, item.created_at
      FROM mission item
      WHERE item.scenario_id = ${scenarioId} AND item.use_date = ${date}
        AND (item.mission_type = 'TODAY' OR ${date} <= ${owner}.closed_through)
    ) i
  )`
}
