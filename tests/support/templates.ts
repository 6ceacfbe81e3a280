import { Prisma } from '../../src/generated/prisma/client.js'
import { documentOf, isPresent, presentLines } from '../../src/snapshot/revision.sql.js'

const { sql } = Prisma

const document = documentOf(presentLines(sql`scenario.member_id`, sql`scenario.id`))

/** What must follow lines that were written straight into the tables, of scenarios that were, too. */
export const insertPresentRevisions = sql`
  INSERT INTO template_revision (member_id, scenario_id, through, lines) SELECT member_id, id, 'infinity', ${document} FROM scenario
  ON CONFLICT DO NOTHING`

/** What must follow a change of lines straight in the tables. */
export const updatePresentRevisions = sql`
  UPDATE template_revision revision SET lines = ${document} FROM scenario
  WHERE scenario.member_id = revision.member_id AND scenario.id = scenario_id AND ${isPresent}`
