import { Prisma } from '../generated/prisma/client.js'
import type { Queryable } from '../infra/database.js'
import { checklist, type Days, today } from './checklist.sql.js'
import type { ScenarioParts } from './parts.js'
import type { Snapshot } from './snapshot.types.js'

const { sql, join, empty } = Prisma

/**
 * Reads a member's scenarios, or one of them, with just the parts that are asked for, in one statement: one snapshot of
 * the database, so that nobody sees half of a deletion or half of a renumbering. Null where there is no such member.
 * One row with one text: what PostgreSQL has made JSON goes through Prisma untouched and is parsed once.
 */
export async function readSnapshot(
  db: Pick<Queryable, '$queryRaw'>,
  days: Days,
  { memberId, parts, scenarioId }: { memberId: string; parts: ScenarioParts; scenarioId?: string | undefined },
): Promise<Snapshot | null> {
  const one = scenarioId === undefined ? empty : sql`AND scenario.id = ${scenarioId}::uuid`
  const [row] = await db.$queryRaw<{ snapshot: string }[]>`
    WITH owner AS MATERIALIZED (
      SELECT member.*, ${today(sql`member`, days)} AS today FROM member WHERE id = ${memberId}::uuid
    )
    SELECT json_build_object(
      'today', owner.today,
      'listVersion', owner.list_version,
      'scenarios', coalesce((
        SELECT json_agg(json_build_object(${join(scenarioFields(parts, days), ', ')}) ORDER BY scenario.position)
        FROM scenario ${parts.notification ? sql`LEFT JOIN notification ON notification.scenario_id = scenario.id` : empty}
        WHERE scenario.member_id = owner.id ${one}
      ), '[]')
    )::text AS snapshot
    FROM owner`
  return row ? JSON.parse(row.snapshot) : null
}

function scenarioFields(parts: ScenarioParts, days: Days): Prisma.Sql[] {
  const owner = sql`owner`
  const dates = parts.checklists.map((date) => (date === null ? sql`owner.today` : sql`${date}::date`))
  const checklists = dates.map((date) => checklist(sql`scenario.id`, date, owner, days))
  return [
    sql`'id', scenario.id, 'name', scenario.name, 'memo', scenario.memo, 'version', scenario.version, 'position', scenario.position,
        'createdAt', rfc3339(scenario.created_at), 'updatedAt', rfc3339(scenario.updated_at), 'today', owner.today`,
    sql`'checklists', json_build_array(${checklists.length > 0 ? join(checklists) : empty})`,
    ...(parts.notification ? [notification] : []),
    ...(parts.basicMissions ? [basicMissions] : []),
  ]
}

const notification = sql`'notification', json_build_object(
  'active', coalesce(notification.active, false),
  'method', notification.method,
  'daysOfWeek', coalesce(to_json(notification.days_of_week), '[]'),
  'time', to_char(notification.time, 'HH24:MI'))`

const basicMissions = sql`'basicMissions', coalesce((
  SELECT json_agg(json_build_object('id', template.id, 'content', template.content, 'version', template.version) ORDER BY template.position)
  FROM mission template
  WHERE template.scenario_id = scenario.id AND template.use_date IS NULL
), '[]')`
