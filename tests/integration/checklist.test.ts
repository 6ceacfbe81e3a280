// Hazard 1: Two toggles create one child (docs/concurrency.md).
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anotherInstance, appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, Client, checkMission, lines, makeMember, mutation } from '../support/client.js'
import { ManualClock } from '../support/manual-clock.js'

// Noon in Seoul on a Sunday.
const noon = '2026-03-15T03:00:00Z'
const today = '2026-03-15'
const clock = new ManualClock(noon)

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ clock })
})
afterAll(() => app.stop())

const deleteTodayMission = `mutation ($input: DeleteTodayMissionInput!) {
  deleteTodayMission(input: $input) { item { id } checklist { date totalCount items { missionId } } }
}`
const checklistOf = async (client: Client, id: string, date?: string) => {
  const query = `query ($id: ID!, $date: LocalDate) { scenario(id: $id) { checklist(date: $date) {
    date phase closed checkedCount totalCount items { id missionId type content isChecked } } } }`
  return (await client.run(query, { id, date })).scenario.checklist
}
const check = async (client: Client, missionId: string, isChecked: boolean, date?: string) =>
  (await client.run(checkMission, { input: { missionId, isChecked, date } })).checkMission

async function memberWithKeysAndGas() {
  const client = await makeMember(app, { timeZone: 'Asia/Seoul' })
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  const [keys = '', gas = ''] = basicMissions.map((mission) => mission.id)
  return { client, id, keys, gas }
}

test('a check is there at once, and only on its day', async () => {
  const { client, id, keys } = await memberWithKeysAndGas()
  const { item, checklist } = await check(client, keys, true)
  expect(item).toMatchObject({ missionId: keys, type: 'BASIC', content: 'Keys', isChecked: true })
  expect(checklist).toMatchObject({ date: today, phase: 'TODAY', closed: false, checkedCount: 1, totalCount: 2 })
  expect(await checklistOf(client, id)).toEqual(checklist)
  expect(await checklistOf(client, id, '2026-03-16')).toMatchObject({ phase: 'FUTURE', checkedCount: 0, totalCount: 2 })
  const again = await check(client, keys, true)
  expect(again.checklist).toEqual(checklist)
  expect((await check(client, keys, false)).checklist).toMatchObject({ checkedCount: 0 })
})

test('a check ahead waits for its day', async () => {
  const { client, id, gas } = await memberWithKeysAndGas()
  await check(client, gas, true, '2026-03-17')
  expect(await checklistOf(client, id)).toMatchObject({ checkedCount: 0 })
  expect(await checklistOf(client, id, '2026-03-17')).toMatchObject({
    checkedCount: 1,
    items: [{ isChecked: false }, { missionId: gas, isChecked: true }],
  })
})

test('an item bears one id, checked or not, and another one on another day', async () => {
  const { client, id, keys } = await memberWithKeysAndGas()
  const before = await checklistOf(client, id)
  const { checklist } = await check(client, keys, true)
  const ids = (list: { items: { id: string }[] }) => list.items.map((item) => item.id)
  expect(ids(checklist)).toEqual(ids(before))
  expect(ids(await checklistOf(client, id, '2026-03-16'))).not.toEqual(ids(before))
})

test('several dates of several scenarios come from one query', async () => {
  const { client, id, keys } = await memberWithKeysAndGas()
  await check(client, keys, true, '2026-03-16')
  const { scenarios } = await client.run(
    'query ($next: LocalDate!) { scenarios { id today: checklist { ...counts } same: checklist(date: "2026-03-15") { date } next: checklist(date: $next) { ...counts } } } fragment counts on Checklist { date checkedCount }',
    { next: '2026-03-16' },
  )
  expect(scenarios).toEqual([
    { id, today: { date: today, checkedCount: 0 }, same: { date: today }, next: { date: '2026-03-16', checkedCount: 1 } },
  ])
})

test('a TODAY mission belongs to one day, and stands below the others, newest first', async () => {
  const { client, id, keys, gas } = await memberWithKeysAndGas()
  const first = (await client.run(addTodayMission, { input: { scenarioId: id, content: 'Parcel' } })).addTodayMission
  expect(first).toMatchObject({ item: { type: 'TODAY', content: 'Parcel', isChecked: false }, checklist: { date: today, totalCount: 3 } })
  clock.set('2026-03-15T03:00:01Z')
  const second = (await client.run(addTodayMission, { input: { scenarioId: id, content: 'Letter' } })).addTodayMission
  clock.set(noon)
  const order = [keys, gas, second.item.missionId, first.item.missionId]
  expect(second.checklist.items.map((item: { missionId: string }) => item.missionId)).toEqual(order)
  expect((await checklistOf(client, id, '2026-03-16')).totalCount).toBe(2)

  expect((await check(client, first.item.missionId, true)).item).toMatchObject({ content: 'Parcel', isChecked: true })
  const { deleteTodayMission: gone } = await client.run(deleteTodayMission, { input: { missionId: second.item.missionId } })
  expect(gone).toMatchObject({ item: null, checklist: { date: today, totalCount: 3 } })
  expect(await client.run(deleteTodayMission, { input: { missionId: second.item.missionId } })).toEqual({ deleteTodayMission: gone })
  for (const missionId of [keys, randomUUID()]) {
    expect(await client.rejection(deleteTodayMission, { input: { missionId } })).toMatchObject({ code: 'NOT_FOUND' })
  }
})

test('a TODAY mission ahead is checked on its own day, where no other is named', async () => {
  const { client, id } = await memberWithKeysAndGas()
  const input = { scenarioId: id, content: 'Passport', date: '2026-03-20' }
  const { item } = (await client.run(addTodayMission, { input })).addTodayMission
  expect((await check(client, item.missionId, true)).checklist).toMatchObject({ date: '2026-03-20', checkedCount: 1 })
  const elsewhere = { missionId: item.missionId, isChecked: true, date: today }
  expect(await client.rejection(checkMission, { input: elsewhere })).toMatchObject({ code: 'NOT_FOUND' })
})

test('sixteen replays of one TODAY mission leave one', async () => {
  for (let round = 0; round < 10; round++) {
    const { client, id } = await memberWithKeysAndGas()
    const input = { id: randomUUID(), scenarioId: id, content: 'Parcel' }
    const answers = await Promise.all(Array.from({ length: 16 }, () => client.run(addTodayMission, { input })))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(await app.database.mission.count({ where: { scenarioId: id, missionType: 'TODAY' } })).toBe(1)
    expect(await client.rejection(addTodayMission, { input: { ...input, content: 'Another' } })).toMatchObject({ code: 'ID_TAKEN' })
    // Mutation check: red where the content is compared with what another device has made of it.
    clock.set('2026-03-15T03:00:01Z')
    await client.run(mutation('updateTodayMission', 'item { content }'), { input: { missionId: input.id, content: 'Big parcel' } })
    expect((await client.run(addTodayMission, { input })).addTodayMission.item).toMatchObject({ content: 'Big parcel' })
    clock.set(noon)
  }
})

test('thirty-two simultaneous checks of one mission for one future date leave one row', async () => {
  for (let round = 0; round < 20; round++) {
    const { client, keys } = await memberWithKeysAndGas()
    await Promise.all(Array.from({ length: 32 }, () => check(client, keys, true, '2026-03-18')))
    expect(await app.database.mission.findMany({ where: { parentMissionId: keys }, select: { isChecked: true, useDate: true } })).toEqual([
      { isChecked: true, useDate: new Date('2026-03-18') },
    ])
  }
})

test('a date beyond the window is rejected with the window', async () => {
  const { client, id, keys } = await memberWithKeysAndGas()
  const window = { code: 'DATE_OUT_OF_RANGE', earliest: '2026-02-12', latest: '2026-03-29' }
  for (const date of ['2026-02-11', '2026-03-30', '0001-01-01', '9999-12-31']) {
    expect(
      await client.rejection(`query ($date: LocalDate) { scenario(id: "${id}") { checklist(date: $date) { date } } }`, { date }),
    ).toMatchObject(window)
    expect(await client.rejection(checkMission, { input: { missionId: keys, isChecked: true, date } })).toMatchObject(window)
    expect(await client.rejection(addTodayMission, { input: { scenarioId: id, content: 'x', date } })).toMatchObject(window)
  }
  expect(await checklistOf(client, id, window.earliest)).toMatchObject({ phase: 'PAST', closed: true, totalCount: 0 })
  expect(await checklistOf(client, id, window.latest)).toMatchObject({ phase: 'FUTURE', closed: false, totalCount: 2 })
})

test('a day that is over is closed once the grace has passed, and not before', async () => {
  const { client, id, keys } = await memberWithKeysAndGas()
  try {
    clock.set('2026-03-15T15:01:59Z') // 00:01:59 on the 16th in Seoul
    expect((await check(client, keys, true, today)).checklist).toMatchObject({ date: today, phase: 'PAST', closed: false, checkedCount: 1 })
    expect((await check(client, keys, true)).checklist).toMatchObject({ date: '2026-03-16', phase: 'TODAY', checkedCount: 1 })
    clock.set('2026-03-15T15:02:00Z')
    const closed = { code: 'DAY_CLOSED', today: '2026-03-16' }
    expect(await client.rejection(checkMission, { input: { missionId: keys, isChecked: false, date: today } })).toMatchObject(closed)
    expect(await client.rejection(addTodayMission, { input: { scenarioId: id, content: 'x', date: today } })).toMatchObject(closed)
    expect(await checklistOf(client, id, today)).toMatchObject({ closed: true, checkedCount: 1 })
  } finally {
    clock.set(noon)
  }
})

test('there are a hundred TODAY missions a date at most, however many come at once', async () => {
  const { client, id } = await memberWithKeysAndGas()
  const answers = await Promise.all(
    Array.from({ length: 108 }, () => client.request(addTodayMission, { input: { scenarioId: id, content: 'x' } })),
  )
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(100)
  for (const { errors } of answers) if (errors) expect(errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 100 })
  await client.run(addTodayMission, { input: { scenarioId: id, content: 'x', date: '2026-03-16' } })
})

/**
 * Taps race with the removal of the line they are for. A tap is made before (its row goes with the line) or finds
 * nothing: no row is left behind, and no error but NOT_FOUND comes. Mutation check: red without the locks in both forms of
 * writeChecks: the insert then fails on its foreign key. By several instances, since one puts the taps of a member in a line.
 */
test('taps that race with the removal of their line leave nothing behind', async () => {
  const instances = [app, await anotherInstance(app, { clock }), await anotherInstance(app, { clock })]
  let made = 0
  for (let round = 0; round < 40; round++) {
    const { client, id, keys, gas } = await memberWithKeysAndGas()
    const removal = `mutation { updateScenario(input: { id: "${id}", basicMissions: [{ id: "${gas}", content: "Gas" }] }) { scenario { id } } }`
    const tapUntilItIsGone = async (day: number) => {
      const phone = new Client(instances[day % 3]?.url ?? '', client.token)
      for (let isChecked = true; ; isChecked = !isChecked) {
        const { errors } = await phone.request(checkMission, { input: { missionId: keys, isChecked, date: `2026-03-${15 + day}` } })
        if (errors) return errors[0]?.extensions
        made++
      }
    }
    const [rejections] = await Promise.all([Promise.all(Array.from({ length: 8 }, (_, day) => tapUntilItIsGone(day))), client.run(removal)])
    for (const rejection of rejections) expect(rejection).toEqual({ code: 'NOT_FOUND' })
    expect(await app.database.mission.findMany({ where: { scenarioId: id }, select: { id: true } })).toEqual([{ id: gas }])
  }
  expect(made, 'taps before the removal').toBeGreaterThan(100)
})

/**
 * With one connection one batch goes at a time: the first check goes alone, the others together.
 * Mutation check: red where what checks.ts catches of one batch is thrown.
 */
test('checks that are set together have each their own answer', async () => {
  const app = await appForThisTest({ clock, config: { DATABASE_POOL_SIZE: 1 } })
  const members = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const client = await makeMember(app)
      const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
      return { client, id, keys: basicMissions[0]?.id as string }
    }),
  )
  type Made = (typeof members)[number]
  const [first, plain, todayMission, foreign, unknown, late, broken, ahead] = members as [Made, Made, Made, Made, Made, Made, Made, Made]
  const { addTodayMission: cake } = await todayMission.client.run(addTodayMission, {
    input: { scenarioId: todayMission.id, content: 'Cake' },
  })
  await app.database.$executeRaw`ALTER TABLE member DROP CONSTRAINT member_time_zone_known`
  await app.database.$executeRaw`UPDATE member SET time_zone = 'Nowhere/Gone' WHERE id = ${broken.client.memberId}::uuid`
  const answer = (checkedCount: number, date = '2026-03-15') => ({
    data: { checkMission: { item: { isChecked: true }, checklist: { date, checkedCount } } },
  })
  const rejection = (code: string) => ({ errors: [{ extensions: { code } }] })
  const wanted = [
    [first, { missionId: first.keys }, answer(1)],
    [plain, { missionId: plain.keys }, answer(1)],
    [todayMission, { missionId: cake.item.id }, answer(1)],
    [foreign, { missionId: plain.keys }, rejection('NOT_FOUND')],
    [unknown, { missionId: randomUUID() }, rejection('NOT_FOUND')],
    [late, { missionId: late.keys, date: '2026-04-15' }, rejection('DATE_OUT_OF_RANGE')],
    [broken, { missionId: broken.keys }, rejection('INTERNAL_SERVER_ERROR')],
    [ahead, { missionId: ahead.keys, date: '2026-03-20' }, answer(1, '2026-03-20')],
  ] as const
  for (let turn = 0; turn < 5; turn++) {
    const answers = await Promise.all(
      wanted.map(([who, input]) => who.client.request(checkMission, { input: { isChecked: true, ...input } })),
    )
    expect(answers).toMatchObject(wanted.map(([, , expected]) => expected))
  }
  expect(await app.database.mission.count({ where: { isChecked: true } })).toBe(4)
})

/**
 * Two instances set the checks of the same members together, in opposite orders, on new dates, so that each has to insert
 * what the other inserts. Mutation check: red with `FOR KEY SHARE OF mission` in place of the stronger lock: they wait for each other.
 */
test('instances that set the same checks together do not wait for each other', async () => {
  const here = await appForThisTest({ clock, config: { DATABASE_POOL_SIZE: 3 } })
  const missions = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const client = await makeMember(here)
      const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
      return { client, missionId: basicMissions[0]?.id as string }
    }),
  )
  // Every insert takes its time, and checks are set in the order in which they came, as among many rows.
  const database = new URL(here.config.DATABASE_URL).pathname.slice(1)
  for (const statement of [
    `ALTER DATABASE ${database} SET enable_hashjoin = off`,
    `ALTER DATABASE ${database} SET enable_mergejoin = off`,
    'CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$',
    'CREATE TRIGGER dawdle BEFORE INSERT ON mission FOR EACH ROW EXECUTE FUNCTION dawdle()',
  ])
    await here.database.$executeRawUnsafe(statement)
  const [one, other] = [await anotherInstance(here, { clock }), await anotherInstance(here, { clock })]
  for (let day = 0; day < 14; day++) {
    const input = { isChecked: true, date: `2026-03-${15 + day}` }
    const checkAll = ({ url }: TestApp, all: typeof missions) =>
      all.map(({ client, missionId }) => new Client(url, client.token).run(checkMission, { input: { ...input, missionId } }))
    await Promise.all([...checkAll(one, missions), ...checkAll(other, missions.toReversed())])
  }
  const [{ deadlocks } = { deadlocks: -1 }] = await here.database.$queryRaw<{ deadlocks: number }[]>`
    SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`
  expect(deadlocks).toBe(0)
  expect(await here.database.mission.count({ where: { isChecked: true } })).toBe(12 * 14)
})
