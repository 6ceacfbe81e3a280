import type { Clock } from '../clock.js'
import { Prisma } from '../generated/prisma/client.js'
import { boolean, type Fields, type Json, list, number, orNull, plain, shaped, text } from './json.sql.js'
import { branch, leaves, type Shape } from './shape.js'

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
export type Tick = { missionId: Prisma.Sql; isChecked: Prisma.Sql }

type Options = {
  scenarioId: Prisma.Sql
  date: Prisma.Sql
  /** A row of member that has its `today` beside its columns. */
  owner: Prisma.Sql
  days: Days
  tick?: Tick
}

/** All of a checklist, as resolvers take it (ChecklistRow). */
export const wholeItem = leaves('id', 'missionId', 'type', 'content', 'isChecked')
export const wholeChecklist: Shape = [...leaves('date', 'phase', 'closed', 'checkedCount', 'totalCount'), branch('items', wholeItem)]

/** The fields of an item: a row `i`. */
const itemFields: Fields = {
  id: () => plain(sql`i.id`),
  missionId: () => orNull(plain(sql`i.mission_id`)),
  type: () => plain(sql`i.type`),
  content: () => text(sql`i.content`),
  isChecked: () => boolean(sql`i.is_checked`),
}

export const item = (shape: Shape): Json => shaped('ChecklistItem', shape, itemFields)

/**
 * The checklist of one scenario on one date. While the date is not closed: the templates as they are now, each checked
 * where it has a checked child, then the one-offs. Once it is closed: the rows of that date alone.
 */
export function checklist(shape: Shape, { scenarioId, date, owner, days, tick }: Options): Json {
  const checked = (id: Prisma.Sql, state: Prisma.Sql) =>
    tick ? sql`CASE WHEN ${id} = ${tick.missionId} THEN ${tick.isChecked} ELSE ${state} END` : state
  const fields: Fields = {
    date: () => plain(date),
    phase: () => sql`CASE WHEN ${date} < ${owner}.today THEN '"PAST"' WHEN ${date} = ${owner}.today THEN '"TODAY"' ELSE '"FUTURE"' END`,
    closed: () => boolean(sql`NOT ${isOpen(date, owner, days)}`),
    items: (items) => list(item(items), sql`i.type, i.position, i.created_at DESC, i.id DESC`),
    checkedCount: () => number(sql`count(*) FILTER (WHERE i.is_checked)`),
    totalCount: () => number(sql`count(*)`),
  }
  // The children are looked up once for all templates, as an array: one read of an index in the place of one for each template.
  // HAVING makes it one row, whichever fields are asked for.
  return sql`(
    SELECT ${shaped('Checklist', shape, fields)}
    FROM (
      SELECT child_id(template.id, ${date}) AS id, template.id AS mission_id, template.mission_type AS type, template.content,
             ${checked(
               sql`template.id`,
               sql`template.id = ANY (ARRAY(
                 SELECT child.parent_mission_id FROM mission child
                 WHERE child.scenario_id = ${scenarioId} AND child.use_date = ${date} AND child.mission_type = 'BASIC' AND child.is_checked
                   AND child.parent_mission_id IS NOT NULL))`,
             )} AS is_checked, template.position, template.created_at
      FROM mission template
      WHERE template.scenario_id = ${scenarioId} AND template.use_date IS NULL AND ${date} > ${owner}.closed_through
      UNION ALL
      SELECT coalesce(child_id(item.parent_mission_id, item.use_date), item.id),
             CASE item.mission_type WHEN 'TODAY' THEN item.id ELSE item.parent_mission_id END,
             item.mission_type, item.content, ${checked(sql`item.id`, sql`item.is_checked`)}, item.position, item.created_at
      FROM mission item
      WHERE item.scenario_id = ${scenarioId} AND item.use_date = ${date}
        AND (item.mission_type = 'TODAY' OR ${date} <= ${owner}.closed_through)
    ) i
    HAVING true
  )`
}
