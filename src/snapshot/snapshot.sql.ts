import { Prisma } from '../generated/prisma/client.js'
import type { Queryable } from '../infra/database.js'
import type { Statements } from '../infra/statements.js'
import { type Statement, template } from '../infra/template.js'
import { checklist, type Days, today, wholeChecklist } from './checklist.sql.js'
import { array, boolean, type Fields, type Json, list, number, object, orNull, plain, shaped, text } from './json.sql.js'
import { oncePerShape } from './once-per-shape.js'
import type { ScenarioParts } from './parts.js'
import { leaves, type Shape } from './shape.js'
import type { Snapshot } from './snapshot.types.js'

const { sql, empty } = Prisma

type Reader = Pick<Queryable, '$queryRaw'>
type Which = { memberId: string; scenarioId?: string | undefined }

/**
 * Reads a member's scenarios, or one of them, with just the parts that are asked for, in one statement: one snapshot of
 * the database, so that nobody sees half of a deletion or half of a renumbering. Null where there is no such member.
 */
export async function readSnapshot(
  db: Reader,
  days: Days,
  { parts, ...which }: Which & { parts: ScenarioParts },
): Promise<Snapshot | null> {
  const fields = scenarioFields(days)
  const entries = (shape: Shape) => shape.map(({ name, shape }): [string, Json] => [name, (fields[name] as Fields[string])(shape)])
  const dates = parts.checklists.map((date) => (date === null ? sql`owner.today` : sql`${date}::date`))
  const scenario = object([
    ...entries(ownFields),
    ['position', number(sql`scenario.position`)],
    ['today', plain(sql`owner.today`)],
    ['checklists', array(dates.map((date) => checklist(wholeChecklist, { scenarioId, owner, date, days })))],
    ...(parts.notification ? entries([{ key: '', name: 'notification', shape: wholeNotification }]) : []),
    ...(parts.basicMissions ? entries([{ key: '', name: 'basicMissions', shape: wholeMission }]) : []),
  ])
  const snapshot = await read(
    db,
    days,
    which,
    object([
      ['today', plain(sql`owner.today`)],
      ['listVersion', number(sql`owner.list_version`)],
      ['scenarios', scenarios(scenario, which)],
    ]),
  )
  return snapshot === null ? null : JSON.parse(snapshot)
}

/** The same as JSON, in the shape of an answer: a list, in its order. Null where there is no such member. */
export async function readScenarios(db: Statements, days: Days, memberId: string, shape: Shape): Promise<string | null> {
  const statement = listIn(shape, days, () =>
    template((which: Which) => answering(days, which, scenarios(shaped('Scenario', shape, scenarioFields(days)), {}))),
  )
  const [row] = await db.rowsOf<{ answer: string }>(statement({ memberId }))
  return row?.answer ?? null
}

const listIn = oncePerShape<(which: Which) => Statement>()

async function read(db: Reader, days: Days, which: Which, answer: Json): Promise<string | null> {
  const [row] = await db.$queryRaw<{ answer: string }[]>(answering(days, which, answer))
  return row?.answer ?? null
}

const answering = (days: Days, { memberId }: Which, answer: Json) => sql`
    WITH owner AS MATERIALIZED (
      SELECT id, time_zone, day_starts_at, closed_through, list_version, ${today(sql`member`, days)} AS today
      FROM member WHERE id = ${memberId}::uuid
    )
    SELECT ${answer} AS answer FROM owner`

const owner = sql`owner`
const scenarioId = sql`scenario.id`

const scenarios = (scenario: Json, { scenarioId: id }: Pick<Which, 'scenarioId'>): Json => sql`(
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
