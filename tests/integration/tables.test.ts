import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sqlState } from '../../src/database/database.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, lines, makeMember } from '../support/client.js'

/** The promises that the tables keep by themselves, whatever the code does. */

let app: TestApp
let client: Client
let scenarioId: string
let templateId: string
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())
beforeEach(async () => {
  client = await makeMember(app)
  const scenario = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  scenarioId = scenario.id
  templateId = scenario.basicMissions[0]?.id as string
})

const refusalOf = async (statement: string, ...values: unknown[]) =>
  app.database.$executeRawUnsafe(statement, ...values).then(
    () => 'accepted',
    (error) => [sqlState(error), /constraint "?(\w+)/.exec(JSON.stringify(error) + error.message)?.[1]],
  )
const check = (name: string) => ['23514', name]
const unique = (name: string) => ['23505', name]

type MissionColumns = {
  parent?: string | null
  type?: string
  date?: string | null
  content?: string
  checked?: boolean
  position?: number | null
}
const mission = ({ parent = null, type = 'BASIC', date = null, content = 'x', checked = false, position = null }: MissionColumns) =>
  refusalOf(
    `INSERT INTO mission (id, scenario_id, parent_mission_id, mission_type, use_date, content, is_checked, position)
     VALUES ($1::uuid, $2::uuid, $3::uuid, $4::mission_type, $5::date, $6, $7, $8)`,
    randomUUID(),
    scenarioId,
    parent,
    type,
    date,
    content,
    checked,
    position,
  )
const kind = check('mission_is_template_child_or_one_off')

test('a second child for the same parent, date and type', async () => {
  const child = { parent: templateId, date: '2026-01-01', position: 1 }
  expect(await mission(child)).toBe('accepted')
  expect(await mission(child)).toEqual(unique('mission_child_key'))
  expect(await mission({ ...child, date: '2026-01-02' })).toBe('accepted')
})

test('a row that is no template, no child and no one-off', async () => {
  expect(await mission({ position: 9 }), 'a template').toBe('accepted')
  expect(await mission({ position: 10, checked: true }), 'a checked template').toEqual(kind)
  expect(await mission({}), 'a template without a place').toEqual(kind)
  expect(await mission({ position: 11, parent: templateId }), 'a template with a parent').toEqual(kind)
  expect(await mission({ parent: templateId, date: '2026-01-01' }), 'a child without a place').toEqual(kind)
  expect(await mission({ type: 'TODAY', date: '2026-01-01' }), 'a one-off').toBe('accepted')
  expect(await mission({ type: 'TODAY' }), 'a one-off without a date').toEqual(kind)
  expect(await mission({ type: 'TODAY', date: '2026-01-01', parent: templateId }), 'a one-off with a parent').toEqual(kind)
  expect(await mission({ type: 'TODAY', date: '2026-01-01', position: 1 }), 'a one-off with a place').toEqual(kind)
})

test('texts that are too long or empty', async () => {
  expect(await mission({ position: 9, content: '' })).toEqual(check('mission_content_length'))
  expect(await mission({ position: 9, content: '한'.repeat(101) })).toEqual(check('mission_content_length'))
  expect(await mission({ position: 9, content: '😀'.repeat(100) })).toBe('accepted')
  expect(await refusalOf(`UPDATE scenario SET name = repeat('x', 51)`)).toEqual(check('scenario_name_length'))
  expect(await refusalOf(`UPDATE scenario SET memo = repeat('x', 201)`)).toEqual(check('scenario_memo_length'))
  expect(await refusalOf(`UPDATE member SET nickname = ''`)).toEqual(check('member_nickname_length'))
})

test('an active notification without a method, a time or a day', async () => {
  const activate = (columns: string) =>
    refusalOf(
      `UPDATE notification SET active = true, method = 'PUSH', days_of_week = '{MONDAY}', time = '07:30', ${columns} WHERE scenario_id = '${scenarioId}'`.replace(
        /(method|days_of_week|time) = ('[^']*'), (?=.*\1 =)/g,
        '',
      ),
    )
  const incomplete = check('notification_active_is_complete')
  expect(await activate(`method = NULL`)).toEqual(incomplete)
  expect(await activate(`time = NULL`)).toEqual(incomplete)
  expect(await activate(`days_of_week = '{}'`)).toEqual(incomplete)
  expect(await activate(`method = 'ALARM'`)).toBe('accepted')
})

test('two scenarios on one position at commit, but not on the way to it', async () => {
  const other = await addScenario(client)
  await app.database.$transaction(async (tx) => {
    await tx.$executeRaw`UPDATE scenario SET position = 7 WHERE id IN (${scenarioId}::uuid, ${other.id}::uuid)`
    await tx.$executeRaw`UPDATE scenario SET position = 8 WHERE id = ${other.id}::uuid`
  })
  expect(await refusalOf(`UPDATE scenario SET position = 5 WHERE member_id = $1::uuid`, client.memberId)).toEqual(
    unique('scenario_position_key'),
  )
})

test('two lines of a template in one place at commit', async () => {
  const swap = `UPDATE mission SET position = 3 - position WHERE scenario_id = '${scenarioId}' AND use_date IS NULL`
  expect(await refusalOf(swap)).toBe('accepted')
  const collide = `UPDATE mission SET position = 1 WHERE scenario_id = '${scenarioId}' AND use_date IS NULL`
  expect(await refusalOf(collide)).toEqual(['23P01', 'mission_template_position_key'])
})

test('a day closed twice, with more checks than missions, or by nobody known', async () => {
  const close = (values: string) =>
    refusalOf(
      `INSERT INTO day_close (member_id, date, closed_at, source, total_count, checked_count) VALUES ('${client.memberId}', ${values})`,
    )
  expect(await close(`'2026-01-01', now(), 'job', 2, 1`)).toBe('accepted')
  expect(await close(`'2026-01-01', now(), 'lazy', 2, 1`)).toEqual(unique('day_close_pkey'))
  expect(await close(`'2026-01-02', now(), 'job', 2, 3`)).toEqual(check('day_close_counts'))
})

test('a time zone that does not exist', async () => {
  const [state] = (await refusalOf(`UPDATE member SET time_zone = 'Mars/Olympus' WHERE id = $1::uuid`, client.memberId)) as string[]
  expect(state).toBe('22023')
})

test('one identity for two members, a token that is no hash, a run that ended without an outcome', async () => {
  const other = await makeMember(app)
  const steal = `UPDATE identity SET subject = (SELECT subject FROM identity WHERE member_id = $1::uuid) WHERE member_id = $2::uuid`
  expect(await refusalOf(steal, client.memberId, other.memberId)).toEqual(unique('identity_pkey'))
  expect(await refusalOf(`UPDATE refresh_token SET token_hash = 'plain' WHERE member_id = $1::uuid`, client.memberId)).toEqual(
    check('refresh_token_hash_is_sha256'),
  )
  expect(await refusalOf(`INSERT INTO job_run (id, job, started_at, finished_at) VALUES (gen_random_uuid(), 'x', now(), now())`)).toEqual(
    check('job_run_finished_has_outcome'),
  )
})
