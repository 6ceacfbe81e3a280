import { Prisma } from '../generated/prisma/client.js'

const { sql } = Prisma

/** The revision without an end: the template as it is now, written with its lines (ADR 16). */
export const isPresent = sql`through = 'infinity'`

/** Lines (rows with their columns) as a revision holds them: a document, in their order. */
export const documentOf = (lines: Prisma.Sql): Prisma.Sql => sql`(
  SELECT coalesce(
    jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', id, 'content', content, 'version', version, 'weekdays', weekdays)) ORDER BY position), '[]')
  FROM ${lines} line)`

/** The rows of the lines that a template has now. */
export const presentLines = (memberId: Prisma.Sql, scenarioId: Prisma.Sql): Prisma.Sql => sql`(
  SELECT id, content, version, weekdays, position FROM mission
  WHERE member_id = ${memberId} AND scenario_id = ${scenarioId} AND use_date IS NULL AND removed_on IS NULL)`
