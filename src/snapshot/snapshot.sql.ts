import type { Queryable } from '../database/database.js'
import type { SqlClient } from '../database/sql-client.js'
import { Prisma } from '../generated/prisma/client.js'
import { answering } from './answer.sql.js'
import { checklist, type Days, today, wholeChecklist } from './checklist.sql.js'
import { array, boolean, type Fields, type Json, list, number, object, orNull, plain, shaped, text } from './json.sql.js'
import type { ScenarioParts } from './parts.js'
import { branch, leaves, type Shape } from './shape.js'
import type { Snapshot } from './snapshot.types.js'

const { sql, empty } = Prisma

type Which = { scenarioId?: string | undefined; parts: ScenarioParts }

/** A member's scenarios, or one of them; null where there is no such member. */
export async function readSnapshot(
  db: Queryable,
  days: Days,
  { memberId, ...which }: Which & { memberId: string },
): Promise<Snapshot | null> {
  return (await readSnapshots(db, days, { memberIds: [memberId], ...which })).get(memberId) ?? null
}

/**
 * Reads members' scenarios, or one of them, with just the parts that are asked for, in one statement: one snapshot of
 * the database, so that nobody sees half of a deletion or half of a renumbering. By the members' ids; without those who are gone.
 */
export async function readSnapshots(
  db: Queryable,
  days: Days,
  { memberIds, scenarioId: onlyId, parts }: Which & { memberIds: string[] },
): Promise<Map<string, Snapshot>> {
  const dates = parts.checklists.map((date) => (date === null ? sql`owner.today` : sql`${date}::date`))
  const shape = [
    ...ownFields,
    ...leaves('position', 'today', 'checklists'),
    ...(parts.notification ? [branch('notification', wholeNotification)] : []),
    ...(parts.basicMissions ? [branch('basicMissions', wholeMission)] : []),
  ]
  const scenario = shaped('Scenario', shape, {
    ...scenarioFields(days),
    position: () => number(sql`scenario.position`),
    today: () => plain(sql`owner.today`),
    checklists: () => array(dates.map((date) => checklist(wholeChecklist, { scenarioId, owner, date, days }))),
  })
  const snapshot = object([
    ['today', plain(sql`owner.today`)],
    ['listVersion', number(sql`owner.list_version`)],
    ['scenarios', scenarios(scenario, onlyId)],
  ])
  const rows = await db.$queryRaw<{ id: string; answer: string }[]>(ofOwners(days, sql`id = ANY (${memberIds}::uuid[])`, snapshot))
  return new Map(rows.map(({ id, answer }) => [id, JSON.parse(answer)]))
}

/** The same as JSON, in the shape of an answer: a list, in its order. Null where there is no such member. */
export async function readScenarios(db: SqlClient, days: Days, shape: Shape, memberId: string): Promise<string | null> {
  const [row] = await scenariosAsJson(db, days, shape, { memberId })
  return row?.answer ?? null
}

const scenariosAsJson = answering((days, shape, { memberId }: { memberId: string }) =>
  ofOwners(days, sql`id = ${memberId}::uuid`, scenarios(shaped('Scenario', shape, scenarioFields(days)))),
)

function ofOwners(days: Days, condition: Prisma.Sql, answer: Json): Prisma.Sql {
  return sql`
    WITH owner AS MATERIALIZED (
      SELECT id, time_zone, day_starts_at, closed_through, list_version, ${today(sql`member`, days)} AS today
      FROM member WHERE ${condition}
    )
    SELECT owner.id::text, ${answer} AS answer FROM owner`
}

const owner = sql`owner`
const scenarioId = sql`scenario.id`

const scenarios = (scenario: Json, id?: string): Json => sql`(
  SELECT ${list(scenario, sql`scenario.position`)}
  FROM scenario LEFT JOIN notification ON notification.scenario_id = scenario.id
  WHERE scenario.member_id = owner.id ${id === undefined ? empty : sql`AND scenario.id = ${id}::uuid`}
)`

const ownFields = leaves('id', 'name', 'memo', 'version', 'createdAt', 'updatedAt')
const wholeNotification = leaves('active', 'method', 'daysOfWeek', 'time')
const wholeMission = leaves('id', 'content', 'version')

/** The fields of a scenario: a row `scenario`, beside its row `notification`, of a row `owner`. */
const scenarioFields = (days: Days): Fields => ({
  id: () => plain(scenarioId),
  name: () => text(sql`scenario.name`),
  memo: () => orNull(text(sql`scenario.memo`)),
  version: () => number(sql`scenario.version`),
  createdAt: () => plain(sql`rfc3339(scenario.created_at)`),
  updatedAt: () => plain(sql`rfc3339(scenario.updated_at)`),
  notification: (shape) => shaped('Notification', shape, notificationFields),
  basicMissions: (shape) => sql`(
    SELECT ${list(shaped('Mission', shape, missionFields), sql`template.position`)}
    FROM mission template
    WHERE template.scenario_id = scenario.id AND template.use_date IS NULL
  )`,
  checklist: (shape) => checklist(shape, { scenarioId, owner, date: sql`owner.today`, days }),
})

/** Of a row `notification`, which may be missing. */
const notificationFields: Fields = {
  active: () => boolean(sql`notification.active`),
  method: () => orNull(plain(sql`notification.method`)),
  daysOfWeek: () => sql`coalesce(to_json(notification.days_of_week)::text, '[]')`,
  time: () => orNull(plain(sql`to_char(notification.time, 'HH24:MI')`)),
}

/** Of a row `template`. */
const missionFields: Fields = {
  id: () => plain(sql`template.id`),
  content: () => text(sql`template.content`),
  version: () => number(sql`template.version`),
}
