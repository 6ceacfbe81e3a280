// Members with scenarios, templates, notifications and half of today's checks, made by PostgreSQL itself.
import pg from 'pg'
import { Prisma } from '../dist/generated/prisma/client.js'
import { documentOf, presentLines } from '../dist/snapshot/revision.sql.js'

const { sql } = Prisma

export const scenariosEach = 10
export const missionsEach = 10

/** Ids are made of a number, so that load generators, pgbench among them, need no list of them. */
const kinds = { member: '01980000', scenario: '01980001', mission: '01980002', notification: '01980003' }
const id = (kind, n) => `${kinds[kind]}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
export const memberId = (member) => id('member', member)
export const scenarioId = (member, scenario) => id('scenario', member * scenariosEach + scenario)
export const missionId = (member, scenario, mission) => id('mission', (member * scenariosEach + scenario) * missionsEach + mission)

/** The same ids in SQL. */
export const sqlId = (kind, n) => `('${kinds[kind]}-0000-7000-8000-' || lpad(to_hex((${n})::int), 12, '0'))::uuid`

/** What must follow lines that were written straight into the tables. */
export const insertPresentRevisions = `
  INSERT INTO template_revision (member_id, scenario_id, through, lines)
  SELECT member_id, id, 'infinity', ${documentOf(presentLines(sql`scenario.member_id`, sql`scenario.id`)).text}
  FROM scenario ORDER BY member_id, id
  ON CONFLICT DO NOTHING`

/** A zone in which it is about noon, so that nobody's day ends while the benchmark runs. */
function zoneAtNoon() {
  const hours = new Date().getUTCHours() - 12
  return `Etc/GMT${hours < 0 ? hours : `+${hours}`}`
}

/** Seeds members 0 to `members` - 1. */
export async function seed(databaseUrl, members) {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const zone = zoneAtNoon()
  // The foreign keys are right: looking each of them up would take most of the time.
  await client.query('SET session_replication_role = replica')
  await client.query(
    `INSERT INTO member (id, nickname, time_zone, closed_through, next_close_at, last_seen_on)
     SELECT ${sqlId('member', 'n')}, 'Member ' || n, $1, (now() AT TIME ZONE $1)::date - 1,
            day_start((now() AT TIME ZONE $1)::date + 1, $1, '00:00'), now()::date
     FROM generate_series(0, $2::int - 1) n`,
    [zone, members],
  )
  await client.query(
    `INSERT INTO scenario (id, member_id, name, memo, position, starts_on, template_since)
     SELECT ${sqlId('scenario', 'm * $2 + s')}, ${sqlId('member', 'm')}, 'Leaving home ' || s, 'Windows, keys, phone, umbrella', s * 65536,
            (now() AT TIME ZONE $3)::date, (now() AT TIME ZONE $3)::date
     FROM generate_series(0, $1::int - 1) m, generate_series(0, $2::int - 1) s ORDER BY 1`,
    [members, scenariosEach, zone],
  )
  await client.query(
    `INSERT INTO notification (member_id, scenario_id, active, method, days_of_week, time)
     SELECT member_id, id, true, 'ALARM', '{MONDAY,TUESDAY,FRIDAY}', '07:30' FROM scenario ORDER BY id`,
  )
  await client.query(
    `INSERT INTO mission (member_id, id, scenario_id, mission_type, content, position, version, added_on, created_at)
     SELECT ${sqlId('member', 's / $3')}, ${sqlId('mission', 's * $2 + l')}, ${sqlId('scenario', 's')}, 'BASIC', 'Turn off the gas, line ' || l,
            l + 1, 1, (now() AT TIME ZONE $4)::date, now()
     FROM generate_series(0, $1::int - 1) s, generate_series(0, $2::int - 1) l ORDER BY 2`,
    [members * scenariosEach, missionsEach, scenariosEach, zone],
  )
  await client.query(
    `INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked)
     SELECT member_id, uuidv7(), id, 'BASIC', (now() AT TIME ZONE $1)::date, true FROM mission WHERE position % 2 = 0 ORDER BY id`,
    [zone],
  )
  await client.query(insertPresentRevisions)
  await client.query('VACUUM ANALYZE')
  const { rows } = await client.query('SELECT (now() AT TIME ZONE $1)::date::text AS today', [zone])
  await client.end()
  return { today: rows[0].today }
}
