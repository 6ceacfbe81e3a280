import { type Calendar, today } from '../calendar.sql.js'
import type { Clock } from '../clock.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import { documentOf, isPresent, presentLines } from '../snapshot/revision.sql.js'
import type { PlacedLine, TemplateChange } from './template.js'

const { sql } = Prisma

/** `today`: one local date for the whole change, though midnight may pass meanwhile. */
export type ScenarioOnDate = { memberId: string; scenarioId: string; today: string }

export type TemplateLine = PlacedLine & { version: number }

export type Template = ScenarioOnDate & { lines: TemplateLine[] }

/** A scenario's template, found by the scenario or by a line, even a removed one; or null. */
export async function readTemplate(
  tx: Tx,
  calendar: Calendar,
  memberId: string,
  of: { scenarioId: string } | { missionId: string },
): Promise<Template | null> {
  const scenarioId = 'scenarioId' in of ? of.scenarioId : null
  const missionId = 'missionId' in of ? of.missionId : null
  const [template] = await tx.$queryRaw<Template[]>`
    SELECT scenario.member_id::text AS "memberId", scenario.id::text AS "scenarioId", ${today(sql`member`, calendar)}::text AS today, (
      SELECT coalesce(json_agg(json_build_object('id', id, 'content', content, 'weekdays', weekdays, 'position', position, 'version', version) ORDER BY position), '[]')
      FROM mission
      WHERE mission.member_id = scenario.member_id AND scenario_id = scenario.id AND use_date IS NULL AND removed_on IS NULL) AS lines
    FROM member JOIN scenario ON scenario.member_id = member.id
    WHERE member.id = ${memberId}::uuid AND deleted_at IS NULL AND scenario.id = coalesce(
      ${scenarioId}::uuid,
      (SELECT scenario_id FROM mission WHERE member_id = ${memberId}::uuid AND id = ${missionId}::uuid AND use_date IS NULL),
      (SELECT scenario_id FROM tombstone WHERE member_id = ${memberId}::uuid AND id = ${missionId}::uuid AND use_date IS NULL))`
  return template ?? null
}

/** Changes a template from today on; history keeps what was. `countVersion`: the scenario's. */
export async function writeTemplate(
  tx: Tx,
  clock: Clock,
  which: ScenarioOnDate,
  { lines, removedIds }: TemplateChange,
  { countVersion }: { countVersion: boolean },
): Promise<void> {
  if (removedIds.length > 0) await removeLines(tx, clock, which, removedIds)
  await writeLines(tx, clock, which, lines, countVersion)
  await writeRevisions(tx, which)
}

/**
 * Writes the lines into the present revision. The first change of a local date keeps what was
 * there, through the day before: history is right whether or not a job has run (ADR 16).
 */
async function writeRevisions(tx: Tx, { memberId, scenarioId, today }: ScenarioOnDate): Promise<void> {
  await tx.$executeRaw`
    WITH first_today AS (
      UPDATE scenario SET template_since = ${today}::date
      WHERE member_id = ${memberId}::uuid AND id = ${scenarioId}::uuid AND template_since < ${today}::date
      RETURNING member_id, id
    ), kept AS (
      INSERT INTO template_revision (member_id, scenario_id, through, lines)
      SELECT revision.member_id, scenario_id, ${today}::date - 1, lines
      FROM first_today JOIN template_revision revision ON revision.member_id = first_today.member_id AND scenario_id = id AND ${isPresent}
    )
    INSERT INTO template_revision (member_id, scenario_id, through, lines)
    VALUES (${memberId}::uuid, ${scenarioId}::uuid, 'infinity', ${documentOf(presentLines(sql`${memberId}::uuid`, sql`${scenarioId}::uuid`))})
    ON CONFLICT (member_id, scenario_id, through) DO UPDATE SET lines = excluded.lines`
}

/** A line of today leaves only a tombstone; others were on lists that history covers. */
async function removeLines(tx: Tx, { sqlNow }: Clock, { memberId, today }: ScenarioOnDate, lineIds: string[]): Promise<void> {
  await tx.$executeRaw`
    WITH removed AS (
      UPDATE mission SET removed_on = ${today}::date, updated_at = ${sqlNow}
      WHERE member_id = ${memberId}::uuid AND id = ANY (${lineIds}::uuid[]) AND added_on < ${today}::date
    ), deleted AS (
      DELETE FROM mission WHERE member_id = ${memberId}::uuid AND id = ANY (${lineIds}::uuid[]) AND added_on >= ${today}::date
      RETURNING member_id, id, scenario_id
    )
    INSERT INTO tombstone (member_id, id, scenario_id, deleted_at) SELECT member_id, id, scenario_id, ${sqlNow} FROM deleted`
}

/** Counts a line's changes of content and weekdays; keeps weekdays of past dates (ADR 16). */
async function writeLines(
  tx: Tx,
  { sqlNow }: Clock,
  { memberId, scenarioId, today }: ScenarioOnDate,
  lines: PlacedLine[],
  countVersion: boolean,
): Promise<void> {
  await tx.$executeRaw`
    WITH counted AS (
      UPDATE scenario SET version = version + 1, updated_at = ${sqlNow}
      WHERE ${countVersion}::boolean AND member_id = ${memberId}::uuid AND id = ${scenarioId}::uuid
    )
    INSERT INTO mission (member_id, id, scenario_id, mission_type, content, weekdays, position, version, added_on, created_at, updated_at)
    SELECT ${memberId}::uuid, line.id, ${scenarioId}::uuid, 'BASIC', line.content, line.weekdays, line.position, 1, ${today}::date, ${sqlNow}, ${sqlNow}
    FROM ${rowsOf(lines)}
    ON CONFLICT (member_id, id) DO UPDATE SET
      content = excluded.content,
      position = excluded.position,
      weekdays = excluded.weekdays,
      earlier_weekdays = CASE WHEN ${daysHeldUntil(today)}
        THEN mission.earlier_weekdays[${firstKept(today)}:] || coalesce(mission.weekdays, 127::smallint) ELSE mission.earlier_weekdays END,
      earlier_weekdays_until = CASE WHEN ${daysHeldUntil(today)}
        THEN mission.earlier_weekdays_until[${firstKept(today)}:] || ${today}::date - 1 ELSE mission.earlier_weekdays_until END,
      version = mission.version + ((mission.content, mission.weekdays) IS DISTINCT FROM (excluded.content, excluded.weekdays))::int,
      updated_at = excluded.updated_at
    WHERE (mission.content, mission.weekdays, mission.position) IS DISTINCT FROM (excluded.content, excluded.weekdays, excluded.position)`
}

/** Lines as rows, named `line`. */
export const rowsOf = (lines: readonly PlacedLine[]): Prisma.Sql => sql`
  unnest(${lines.map(({ id }) => id)}::uuid[], ${lines.map(({ content }) => content)}::text[], ${lines.map(({ weekdays }) => weekdays)}::smallint[],
         ${lines.map(({ position }) => position)}::int[]) AS line (id, content, weekdays, position)`

/** True where a line's weekdays change, for the first time today, and were valid before today. */
const daysHeldUntil = (today: string) => sql`(mission.weekdays IS DISTINCT FROM excluded.weekdays AND mission.added_on < ${today}::date
  AND (mission.earlier_weekdays_until[cardinality(mission.earlier_weekdays_until)] = ${today}::date - 1) IS NOT TRUE)`

/** The index of the first earlier weekdays of a line that history still covers. */
const firstKept = (today: string) => sql`width_bucket(${today}::date - ${limits.historyDays + 1}::int, mission.earlier_weekdays_until) + 1`
