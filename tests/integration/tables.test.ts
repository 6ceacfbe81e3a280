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

const errorOf = async (statement: string, ...values: unknown[]) =>
  app.database.$executeRawUnsafe(statement, ...values).then(
    () => 'accepted',
    (error) => [sqlState(error), /constraint "?(\w+)/.exec(JSON.stringify(error) + error.message)?.[1]],
  )
const check = (name: string) => ['23514', name]
const unique = (name: string) => ['23505', name]

/** A row of mission in SQL: what is left out is NULL, but for the member, an id and what is named here. */
const mission = (columns: Record<string, string>) => {
  const row = { member_id: `'${client.memberId}'`, id: `'${randomUUID()}'`, mission_type: `'BASIC'`, ...columns }
  return errorOf(`INSERT INTO mission (${Object.keys(row)}) VALUES (${Object.values(row)})`)
}
/** A line of the template, a TODAY mission, the check of a line. */
const line = (position: number, columns: Record<string, string> = {}) =>
  mission({
    ...{
      scenario_id: `'${scenarioId}'`,
      content: `'x'`,
      position: `${position}`,
      version: '1',
      added_on: `'2026-01-01'`,
      created_at: 'now()',
    },
    ...columns,
  })
const todayMission = (columns: Record<string, string> = {}) =>
  mission({
    ...{ scenario_id: `'${scenarioId}'`, mission_type: `'TODAY'`, use_date: `'2026-01-01'`, content: `'x'`, created_at: 'now()' },
    ...columns,
  })
const checkOf = (columns: Record<string, string> = {}) =>
  mission({ parent_mission_id: `'${templateId}'`, use_date: `'2026-01-01'`, is_checked: 'true', ...columns })
const kind = check('mission_is_line_check_or_today_mission')

test('a second child for the same parent, date and type', async () => {
  expect(await checkOf()).toBe('accepted')
  expect(await checkOf()).toEqual(unique('mission_child_key'))
  expect(await checkOf({ use_date: `'2026-01-02'` })).toBe('accepted')
})

test('a row that is no line, no check and no TODAY mission', async () => {
  expect(await line(9), 'a line').toBe('accepted')
  expect(await line(10, { is_checked: 'true' }), 'a checked line').toEqual(kind)
  expect(await line(10, { position: 'NULL' }), 'a line without a place').toEqual(kind)
  expect(await line(10, { added_on: 'NULL' }), 'a line that never came').toEqual(kind)
  expect(await line(10, { removed_on: `'2025-12-31'` }), 'a line that left before it came').toEqual(kind)
  expect(await line(10, { parent_mission_id: `'${templateId}'` }), 'a line with a parent').toEqual(kind)
  expect(await checkOf({ content: `'x'` }), 'a check with a content').toEqual(kind)
  expect(await checkOf({ scenario_id: `'${scenarioId}'` }), 'a check with a scenario of its own').toEqual(kind)
  expect(await checkOf({ parent_mission_id: 'NULL' }), 'a check of nothing').toEqual(kind)
  expect(await todayMission(), 'a TODAY mission').toBe('accepted')
  expect(await line(10, { absent_on: `'{[2026-01-02,)}'` }), 'a line whose scenario is deleted').toBe('accepted')
  expect(await checkOf({ use_date: `'2026-01-03'`, absent_on: `'{[2026-01-02,)}'` }), 'an absent check').toEqual(
    check('mission_check_is_not_absent'),
  )
  expect(await line(11, { absent_on: `'{}'` }), 'a line that is absent on no date').toEqual(check('mission_check_is_not_absent'))
  expect(await todayMission({ use_date: 'NULL' }), 'a TODAY mission without a date').toEqual(kind)
  expect(await todayMission({ parent_mission_id: `'${templateId}'` }), 'a TODAY mission with a parent').toEqual(kind)
  expect(await todayMission({ position: '1' }), 'a TODAY mission with a place').toEqual(kind)
})

test("rows of one member that point at another member's", async () => {
  const other = await makeMember(app)
  const foreign = ['23503', 'mission_member_id_scenario_id_fkey']
  expect(await line(9, { member_id: `'${other.memberId}'` })).toEqual(foreign)
  expect(await todayMission({ member_id: `'${other.memberId}'` })).toEqual(foreign)
  expect(await checkOf({ member_id: `'${other.memberId}'` })).toEqual(['23503', 'mission_member_id_parent_mission_id_fkey'])
})

test('a deleted scenario with a place in the list, and one without that is not deleted', async () => {
  const where = `WHERE id = '${scenarioId}'`
  expect(await errorOf(`UPDATE scenario SET deleted_at = now(), deleted_on = now() ${where}`)).toEqual(
    check('scenario_deleted_has_no_position'),
  )
  expect(await errorOf(`UPDATE scenario SET position = NULL ${where}`)).toEqual(check('scenario_deleted_has_no_position'))
})

/** So that a member's data is one range of each index, and the tables can be partitioned or moved by member. */
test("the primary key of every table of a member's data begins with the member", async () => {
  const keys = await app.database.$queryRaw<{ table: string; first: string }[]>`
    SELECT relname AS table, (SELECT attname FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum = indkey[0]) AS first
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE indisprimary AND relnamespace = 'public'::regnamespace AND relname <> '_prisma_migrations' ORDER BY 1`
  expect(Object.fromEntries(keys.map(({ table, first }) => [table, first]))).toEqual({
    day_close: 'member_id',
    mission: 'member_id',
    notification: 'member_id',
    operation: 'member_id',
    pause: 'member_id',
    refresh_token: 'member_id',
    scenario: 'member_id',
    template_revision: 'member_id',
    tombstone: 'member_id',
    member: 'id',
    // How a member is found before anybody knows who it is.
    identity: 'provider',
    // Nobody's.
    job_run: 'id',
    restoration: 'restored_at',
    sign_in_nonce: 'nonce_hash',
  })
})

test('texts that are too long or empty', async () => {
  expect(await line(9, { content: `''` })).toEqual(check('mission_content_length'))
  expect(await line(9, { content: `'${'한'.repeat(101)}'` })).toEqual(check('mission_content_length'))
  expect(await line(9, { content: `'${'😀'.repeat(100)}'` })).toBe('accepted')
  expect(await errorOf(`UPDATE scenario SET name = repeat('x', 51)`)).toEqual(check('scenario_name_length'))
  expect(await errorOf(`UPDATE scenario SET memo = repeat('x', 201)`)).toEqual(check('scenario_memo_length'))
  expect(await errorOf(`UPDATE member SET nickname = ''`)).toEqual(check('member_nickname_length'))
})

test('an active notification without a method, a day, or both a time and a place', async () => {
  const activate = (columns: string) =>
    errorOf(
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
  expect(await activate(`time = NULL, ${somewhere}`)).toBe('accepted')
  expect(await activate(somewhere)).toBe('accepted')
})

const somewhere = `place_latitude = 37.5, place_longitude = 127, place_radius_meters = 100, place_event = 'LEAVE'`

test('a place that is not on earth or not whole, and hours that are not', async () => {
  const put = (columns: string) => errorOf(`UPDATE notification SET ${columns} WHERE scenario_id = '${scenarioId}'`)
  const [onEarth, whole, hours] = [
    check('notification_place_on_earth'),
    check('notification_place_is_whole'),
    check('notification_place_hours'),
  ]
  expect(await put(`${somewhere}, place_from = '22:00', place_until = '06:00'`)).toBe('accepted')
  for (const beyond of ['90.0001', `'NaN'`, `'Infinity'`, `'-Infinity'`]) expect(await put(`place_latitude = ${beyond}`)).toEqual(onEarth)
  for (const beyond of ['-180.0001', `'NaN'`]) expect(await put(`place_longitude = ${beyond}`)).toEqual(onEarth)
  for (const beyond of ['99', '4001']) expect(await put(`place_radius_meters = ${beyond}`)).toEqual(onEarth)
  for (const part of ['latitude', 'longitude', 'radius_meters']) expect(await put(`place_${part} = NULL`)).toEqual(whole)
  expect(await put(`place_from = NULL`)).toEqual(hours)
  expect(await put(`place_until = '22:00'`)).toEqual(hours)
  const none = `place_latitude = NULL, place_longitude = NULL, place_radius_meters = NULL, place_event = NULL`
  expect(await put(none), 'hours of no place').toEqual(hours)
  expect(await put(`${none}, place_from = NULL, place_until = NULL`)).toBe('accepted')
})

test('days of the week of what is no line, none of them, or not in step with their dates', async () => {
  const weekdays = check('mission_weekdays')
  const earlier = check('mission_earlier_weekdays')
  expect(await line(9, { weekdays: '31', earlier_weekdays: `'{127,1}'`, earlier_weekdays_until: `'{2026-01-03,2026-01-04}'` })).toBe(
    'accepted',
  )
  for (const beyond of ['0', '127', '128']) expect(await line(10, { weekdays: beyond })).toEqual(weekdays)
  for (const beyond of ['{0}', '{128}']) {
    expect(await line(10, { earlier_weekdays: `'${beyond}'`, earlier_weekdays_until: `'{2026-01-03}'` })).toEqual(earlier)
  }
  expect(await line(10, { earlier_weekdays: `'{1}'` })).toEqual(earlier)
  expect(await line(10, { earlier_weekdays: `'{1,2}'`, earlier_weekdays_until: `'{2026-01-03}'` })).toEqual(earlier)
  expect(await todayMission({ weekdays: '1' })).toEqual(check('mission_weekdays_are_of_a_line'))
  expect(await checkOf({ weekdays: '1' })).toEqual(check('mission_weekdays_are_of_a_line'))
})

test('a pause that ends before it begins', async () => {
  const pause = (dates: string) =>
    errorOf(`INSERT INTO pause (member_id, id, starts_on, ends_on) VALUES ('${client.memberId}', gen_random_uuid(), ${dates})`)
  expect(await pause(`'2026-01-01', '2026-01-01'`)).toBe('accepted')
  expect(await pause(`'2026-01-02', '2026-01-01'`)).toEqual(check('pause_ends_after_its_start'))
})

test('two scenarios on one position at commit, but not on the way to it', async () => {
  const other = await addScenario(client)
  await app.database.$transaction(async (tx) => {
    await tx.$executeRaw`UPDATE scenario SET position = 7 WHERE id IN (${scenarioId}::uuid, ${other.id}::uuid)`
    await tx.$executeRaw`UPDATE scenario SET position = 8 WHERE id = ${other.id}::uuid`
  })
  expect(await errorOf(`UPDATE scenario SET position = 5 WHERE member_id = $1::uuid`, client.memberId)).toEqual(
    unique('scenario_position_key'),
  )
})

test('two lines of a template in one place at commit', async () => {
  const swap = `UPDATE mission SET position = 3 - position WHERE scenario_id = '${scenarioId}' AND use_date IS NULL`
  expect(await errorOf(swap)).toBe('accepted')
  const collide = `UPDATE mission SET position = 1 WHERE scenario_id = '${scenarioId}' AND use_date IS NULL`
  expect(await errorOf(collide)).toEqual(['23P01', 'mission_template_position_key'])
})

test('a day closed twice, with more checks than missions, or by nobody known', async () => {
  const close = (values: string) =>
    errorOf(
      `INSERT INTO day_close (member_id, date, closed_at, source, total_count, checked_count) VALUES ('${client.memberId}', ${values})`,
    )
  expect(await close(`'2026-01-01', now(), 'job', 2, 1`)).toBe('accepted')
  expect(await close(`'2026-01-01', now(), 'change', 2, 1`)).toEqual(unique('day_close_pkey'))
  expect(await close(`'2026-01-02', now(), 'job', 2, 3`)).toEqual(check('day_close_counts'))
})

test('a time zone that does not exist', async () => {
  const [state] = (await errorOf(`UPDATE member SET time_zone = 'Mars/Olympus' WHERE id = $1::uuid`, client.memberId)) as string[]
  expect(state).toBe('22023')
})

test('a session with two tokens to go on with', async () => {
  const fork = `INSERT INTO refresh_token (token_hash, member_id, family, expires_at)
    SELECT sha256('x'), member_id, family, expires_at FROM refresh_token WHERE member_id = $1::uuid`
  expect(await errorOf(fork, client.memberId)).toEqual(unique('refresh_token_session_key'))
})

test('one identity for two members, a token or a fingerprint that is no hash, a run that ended without an outcome', async () => {
  const other = await makeMember(app)
  const steal = `UPDATE identity SET subject = (SELECT subject FROM identity WHERE member_id = $1::uuid) WHERE member_id = $2::uuid`
  expect(await errorOf(steal, client.memberId, other.memberId)).toEqual(unique('identity_pkey'))
  expect(await errorOf(`UPDATE refresh_token SET token_hash = 'plain' WHERE member_id = $1::uuid`, client.memberId)).toEqual(
    check('refresh_token_hash_is_sha256'),
  )
  const operation = (fingerprint: string) =>
    errorOf(
      `INSERT INTO operation (member_id, id, fingerprint, done_at) VALUES ('${client.memberId}', '${scenarioId}', ${fingerprint}, now())`,
    )
  expect(await operation(`'plain'`)).toEqual(check('operation_fingerprint_is_sha256'))
  expect(await operation(`sha256('x')`)).toBe('accepted')
  expect(await operation(`sha256('y')`)).toEqual(unique('operation_pkey'))
  expect(await errorOf(`INSERT INTO job_run (id, job, started_at, finished_at) VALUES (gen_random_uuid(), 'x', now(), now())`)).toEqual(
    check('job_run_finished_has_outcome'),
  )
})
