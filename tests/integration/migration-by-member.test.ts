import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { AccessTokens } from '../../src/auth/access-token.js'
import { migrate } from '../../src/database/migrate.js'
import { addDays } from '../../src/dates.js'
import { appForThisTest } from '../support/app.js'
import { Client } from '../support/client.js'
import { sweep } from '../support/days.js'
import { seeded } from '../support/hostile.js'
import { ManualClock } from '../support/manual-clock.js'
import { admin, databaseNamed } from '../support/servers.js'

/** Migration 0007 turns frozen rows of closed days into revisions and checks: nobody's days look different afterwards. */

const now = '2026-03-15T12:00:00Z'
const migrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
const members = ['Asia/Seoul', 'America/New_York', 'Pacific/Kiritimati', 'Etc/GMT+12'].map((zone, index) => ({
  id: `00000000-0000-4000-8000-00000000000${index}`,
  zone,
}))

/** The migrations before this one. */
async function earlierMigrations(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'doorstep-migrations-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  for (const name of await readdir(migrations)) {
    if (name < '0007' || name.endsWith('.toml')) await cp(join(migrations, name), join(directory, name), { recursive: true })
  }
  return directory
}

/** Forty days of a member, lived by what the statements of then did: lines, checks, missions of a day, closings. */
async function liveUntil(db: pg.Client, memberId: string, zone: string, random: (below: number) => number) {
  const rows = async (statement: string, values: unknown[] = []) => (await db.query(statement, values)).rows
  const [{ today }] = (await rows(`SELECT ($1::timestamptz AT TIME ZONE $2)::date::text AS today`, [now, zone])) as [{ today: string }]
  const first = addDays(today, -40)
  await rows(
    `INSERT INTO member (id, nickname, time_zone, closed_through, next_close_at, last_seen_on) VALUES ($1, 'x', $2, $3, 'infinity', $4)`,
    [memberId, zone, addDays(first, -1), today],
  )
  const aScenario = 'SELECT id FROM scenario WHERE member_id = $1 ORDER BY random() LIMIT 1'
  const aLine =
    'SELECT mission.* FROM mission JOIN scenario s ON s.id = scenario_id WHERE member_id = $1 AND use_date IS NULL ORDER BY random() LIMIT 1'
  const at = (date: string) => `timestamptz '${date} 12:00 ${zone}'`
  for (let date = first; date <= today; date = addDays(date, 1)) {
    const happenings: [chance: number, statement: string, values?: unknown[]][] = [
      [
        4,
        `INSERT INTO scenario (id, member_id, name, position, created_at) SELECT gen_random_uuid(), $1, 'On ${date}', count(*), ${at(date)} FROM scenario`,
      ],
      ...Array.from({ length: 3 }, (_, n): [number, string] => [
        2,
        `INSERT INTO mission (id, scenario_id, mission_type, content, position, created_at)
         SELECT gen_random_uuid(), s.id, 'BASIC', 'Line ${n} of ${date}', (SELECT coalesce(max(position), 0) + 1 FROM mission WHERE scenario_id = s.id), ${at(date)}
         FROM (${aScenario}) s`,
      ]),
      [3, `UPDATE mission SET content = mission.content || '.' FROM (${aLine}) line WHERE mission.id = line.id`],
      [4, `UPDATE mission SET position = -mission.position FROM (${aScenario}) s WHERE scenario_id = s.id AND use_date IS NULL`],
      // Of a line that goes, the checks of open days go too, and those of closed days lose their parent.
      [
        4,
        `WITH line AS (${aLine}), ahead AS (DELETE FROM mission USING line WHERE mission.parent_mission_id = line.id AND mission.use_date >= '${date}')
         DELETE FROM mission USING line WHERE mission.id = line.id`,
      ],
      ...Array.from({ length: 4 }, (_, ahead): [number, string] => [
        2,
        `INSERT INTO mission (id, scenario_id, parent_mission_id, mission_type, use_date, content, position, is_checked)
         SELECT gen_random_uuid(), scenario_id, id, 'BASIC', date '${date}' + ${ahead % 2}, content, position, random() < 0.8 FROM (${aLine}) line
         ON CONFLICT (parent_mission_id, use_date, mission_type) DO UPDATE SET is_checked = excluded.is_checked`,
      ]),
      [
        3,
        `INSERT INTO mission (id, scenario_id, mission_type, use_date, content, is_checked, created_at)
         SELECT gen_random_uuid(), id, 'TODAY', date '${date}' + ${random(3)}, 'Once on ${date}', random() < 0.5, ${at(date)} FROM (${aScenario}) s`,
      ],
    ]
    for (const [chance, statement] of happenings) {
      if (random(chance) === 0) await rows(statement, statement.includes('$1') ? [memberId] : [])
    }
    if (date < today) await closeDay(db, memberId, date)
  }
}

/** As the job did: every line is written down as it is. */
async function closeDay(db: pg.Client, memberId: string, date: string) {
  await db.query(
    `INSERT INTO mission (id, scenario_id, parent_mission_id, mission_type, use_date, content, position)
     SELECT gen_random_uuid(), scenario_id, mission.id, 'BASIC', $2, content, mission.position
     FROM mission JOIN scenario ON scenario.id = scenario_id WHERE member_id = $1 AND use_date IS NULL
     ON CONFLICT (parent_mission_id, use_date, mission_type) DO UPDATE SET content = excluded.content, position = excluded.position`,
    [memberId, date],
  )
  await db.query(
    `INSERT INTO day_close (member_id, date, closed_at, source, total_count, checked_count)
     SELECT $1, $2, date '${date}' + 1, 'job', count(mission), count(mission) FILTER (WHERE is_checked)
     FROM scenario JOIN mission ON scenario_id = scenario.id AND use_date = $2 WHERE member_id = $1`,
    [memberId, date],
  )
  await db.query('UPDATE member SET closed_through = $2, next_close_at = day_start($2::date + 2, time_zone, day_starts_at) WHERE id = $1', [
    memberId,
    date,
  ])
}

/** Every checklist of the window, by scenario and date, as the statement of then read it. */
const checklistsOfThen = `
  SELECT scenario.id, scenario.name, date::date::text AS date, date <= closed_through AS closed, coalesce((
    SELECT json_agg(json_build_object('missionId', mission_id, 'type', type, 'content', content, 'isChecked', is_checked)
                    ORDER BY type, position, created_at DESC, id DESC)
    FROM (
      SELECT template.id, template.id AS mission_id, template.mission_type AS type, template.content, template.position, template.created_at,
             EXISTS (SELECT FROM mission child WHERE child.parent_mission_id = template.id AND child.use_date = date AND child.is_checked) AS is_checked
      FROM mission template WHERE template.scenario_id = scenario.id AND template.use_date IS NULL AND date > closed_through
      UNION ALL
      SELECT item.id, CASE item.mission_type WHEN 'TODAY' THEN item.id ELSE item.parent_mission_id END, item.mission_type, item.content,
             item.position, item.created_at, item.is_checked
      FROM mission item WHERE item.scenario_id = scenario.id AND item.use_date = date AND (item.mission_type = 'TODAY' OR date <= closed_through)
    ) item), '[]') AS items
  FROM member JOIN scenario ON member_id = member.id
  CROSS JOIN generate_series(closed_through + 1 - 31, closed_through + 1 + 14, interval '1 day') date
  WHERE member.id = $1 ORDER BY scenario.position, date`

/** Mutation check: red with any part of 0007_by_member left out: revisions, gone lines, checks, \`starts_on\`. */
test('after the tables have become those of members, every checklist and every receipt is what it was', async () => {
  const serverUrl = inject('databaseUrl')
  await admin(serverUrl, 'CREATE DATABASE before_by_member')
  onTestFinished(() => admin(serverUrl, 'DROP DATABASE before_by_member WITH (FORCE)'))
  const url = databaseNamed(serverUrl, 'before_by_member')
  await migrate(url, { directory: await earlierMigrations() })
  const db = new pg.Client({ connectionString: url })
  await db.connect()
  onTestFinished(() => db.end())
  const random = seeded(7)
  await db.query('SELECT setseed(0.7)')
  const before = []
  for (const { id, zone } of members) {
    await liveUntil(db, id, zone, random)
    const { rows: checklists } = await db.query(checklistsOfThen, [id])
    const { rows: receipts } = await db.query(
      'SELECT date::text, total_count, checked_count FROM day_close WHERE member_id = $1 ORDER BY 1',
      [id],
    )
    before.push({ id, checklists, receipts })
  }
  const items = before.flatMap(({ checklists }) => checklists.flatMap((checklist) => checklist.items))
  const kinds = [
    items.filter(({ missionId, isChecked }) => missionId === null && isChecked),
    items.filter(({ missionId, isChecked }) => missionId !== null && isChecked),
    items.filter(({ type }) => type === 'TODAY'),
  ]
  expect(
    kinds.every((found) => found.length > 20),
    'made-up days are rich',
  ).toBe(true)

  expect((await migrate(url)).applied[0]).toBe('0007_by_member')
  const clock = new ManualClock(now)
  const app = await appForThisTest({ clock, config: { DATABASE_URL: url, GRAPHQL_MAX_ALIASES: 100, GRAPHQL_MAX_COST: 10_000_000 } })
  const tokens = await AccessTokens.fromKey(app.config.ACCESS_TOKEN_PRIVATE_KEY, { clock, ttlSeconds: 600 })
  for (const { id, checklists, receipts } of before) {
    const client = new Client(app.url, (await tokens.issue(id, id)).token, id)
    const dates = [...new Set(checklists.map(({ date }) => date))]
    const { scenarios } = await client.run(
      `{ scenarios { id name ${dates
        .map((date, n) => `d${n}: checklist(date: "${date}") { date closed items { missionId type content isChecked } }`)
        .join(' ')} } }`,
    )
    const after = scenarios.flatMap(({ id, name, ...ofDates }: { id: string; name: string }) =>
      Object.values(ofDates).map((checklist) => ({ id, name, ...(checklist as object) })),
    )
    expect(after).toEqual(checklists)
    const { dayReceipts } = (
      await client.run(
        '{ me { dayReceipts(from: "2026-01-01", to: "2026-12-31") { date total_count: totalCount checked_count: checkedCount } } }',
      )
    ).me
    expect(dayReceipts).toEqual(receipts)
  }
  expect(await app.app.closing.findViolations()).toEqual([])
  // And life goes on from there.
  clock.set('2026-03-17T15:00:00Z')
  expect(await sweep(app)).toBeGreaterThan(members.length)
  expect(await app.app.closing.findViolations()).toEqual([])
})
