import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { anotherInstance, appForThisTest } from '../support/app.js'
import { addScenario, addTodayMission, Client, lines, makeMember, mutation } from '../support/client.js'
import { sweep } from '../support/days.js'
import { ManualClock } from '../support/manual-clock.js'
import { deadlocksOf } from '../support/metrics.js'

const checkMissions = mutation(
  'checkMissions',
  `member { today scenarios { checklist { checkedCount } } }
   results {
     item { missionId type content isChecked }
     checklist { id date closed checkedCount totalCount scenario { name } }
     receipt { date checkedCount totalCount version }
     error { code message }
   }`,
)

async function start(count = 3) {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const client = await makeMember(app, { timeZone: 'UTC' })
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines(...Array.from({ length: count }, (_, n) => `Line ${n}`)) })
  const send = async (...checks: object[]) => (await client.run(checkMissions, { input: { checks } })).checkMissions
  return { clock, app, client, scenarioId: id, ids: basicMissions.map((line) => line.id), send }
}

test('each check has its own result, in its order, and one that is rejected does not touch the others', async () => {
  const { client, scenarioId, ids, send } = await start()
  const { addTodayMission: added } = await client.run(addTodayMission, { input: { scenarioId, content: 'Cake', date: '2026-03-16' } })
  const todayId = added.item.missionId
  const { member, results } = await send(
    { missionId: ids[0], isChecked: true },
    { missionId: randomUUID(), isChecked: true },
    { missionId: ids[1], isChecked: true, date: '2026-03-20' },
    { missionId: 'x', isChecked: true },
    { missionId: ids[1], isChecked: true, date: '2026-03-14' },
    { missionId: ids[2], isChecked: false, date: '2027-01-01' },
    { missionId: todayId, isChecked: true },
    { missionId: ids[2], isChecked: true },
  )
  const set = (content: string, date: string, checkedCount: number, totalCount = 3) => ({
    item: { content, isChecked: true },
    checklist: { date, closed: false, checkedCount, totalCount, scenario: { name: 'Leaving home' } },
    receipt: null,
    error: null,
  })
  const rejected = (code: string) => ({ item: null, checklist: null, receipt: null, error: { code, message: expect.any(String) } })
  expect(results).toMatchObject([
    set('Line 0', '2026-03-15', 2),
    rejected('NOT_FOUND'),
    set('Line 1', '2026-03-20', 1),
    rejected('BAD_USER_INPUT'),
    rejected('DAY_CLOSED'),
    rejected('DATE_OUT_OF_RANGE'),
    set('Cake', '2026-03-16', 1, 4),
    set('Line 2', '2026-03-15', 2),
  ])
  expect(results[3].error.message).toContain('input.checks.3.missionId')
  expect(member).toEqual({ today: '2026-03-15', scenarios: [{ checklist: { checkedCount: 2 } }] })
})

/** Mutation check: red where inRounds puts them into one round (PostgreSQL then says that a row cannot be set twice). */
test('of several checks of one mission the last one counts, and all tell how it stands then', async () => {
  const { ids, send } = await start(1)
  const [missionId] = ids
  const toggles = Array.from({ length: 7 }, (_, n) => ({ missionId, isChecked: n % 2 === 0, ...(n === 3 && { date: '2026-03-15' }) }))
  const { results } = await send(...toggles)
  expect(
    results.map(({ item, checklist }: { item: { isChecked: boolean }; checklist: { checkedCount: number } }) => [
      item.isChecked,
      checklist.checkedCount,
    ]),
  ).toEqual(toggles.map(() => [true, 1]))
  expect((await send(...toggles, { missionId, isChecked: false })).results.at(-1)).toMatchObject({ item: { isChecked: false } })
})

/** Mutation check: red without recount in OfflineChecks (the receipts do not have them), and where it counts for each check (the version). */
test('checks that say when they were made count for days that are over, whose receipts are counted once', async () => {
  const { clock, app, client, ids, send } = await start()
  clock.set('2026-03-17T10:00:00Z')
  await sweep(app)
  const on = (missionId: string | undefined, date: string, time: string) => ({
    missionId,
    isChecked: true,
    date,
    checkedAt: `${date}T${time}Z`,
  })
  const { results } = await send(
    on(ids[0], '2026-03-15', '23:00:00'),
    on(ids[0], '2026-03-16', '08:00:00'),
    on(ids[1], '2026-03-16', '08:00:10'),
    on(ids[2], '2026-03-16', '08:00:20'),
    on(ids[1], '2026-03-15', '09:00:00'),
    { missionId: ids[2], isChecked: true, date: '2026-03-16' },
    { missionId: ids[0], isChecked: true, checkedAt: '2026-03-17T09:59:00Z' },
  )
  const receipt = (date: string, checkedCount: number) => ({ receipt: { date, checkedCount, totalCount: 3, version: 2 }, error: null })
  expect(results).toMatchObject([
    receipt('2026-03-15', 1),
    receipt('2026-03-16', 3),
    receipt('2026-03-16', 3),
    receipt('2026-03-16', 3),
    { error: { code: 'DAY_CLOSED' } },
    { error: { code: 'DAY_CLOSED' } },
    { receipt: null, checklist: { date: '2026-03-17', checkedCount: 1 }, error: null },
  ])
  const { me } = await client.run('{ me { currentStreak dayReceipts(from: "2026-03-15", to: "2026-03-17") { checkedCount version } } }')
  expect(me).toEqual({
    currentStreak: 1,
    dayReceipts: [
      { checkedCount: 1, version: 2 },
      { checkedCount: 3, version: 2 },
    ],
  })
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('a list that is sent once more does nothing, whatever has been done since, and one of its checks may have come alone', async () => {
  const { client, ids, send } = await start()
  const checks = ids.map((missionId) => ({ operationId: randomUUID(), missionId, isChecked: true }))
  await client.run(mutation('checkMission', '__typename'), { input: checks[0] })
  await send(...checks, checks[1] as object)
  await client.run(mutation('checkMission', '__typename'), { input: { missionId: ids[1], isChecked: false } })
  const { results } = await send(...checks)
  expect(results.map(({ item }: { item: { isChecked: boolean } }) => item.isChecked)).toEqual([true, false, true])

  const other = { ...checks[2], isChecked: false }
  const fresh = { operationId: randomUUID(), missionId: ids[0], isChecked: false }
  expect((await send(other, fresh, { ...fresh, missionId: ids[1] }, fresh)).results).toMatchObject([
    { error: { code: 'ID_TAKEN' } },
    { item: { isChecked: false }, error: null },
    { error: { code: 'ID_TAKEN' } },
    { item: { isChecked: false }, error: null },
  ])
})

test('an instant at the ends of the calendar takes no other check along', async () => {
  const { ids, send } = await start()
  const [missionId] = ids
  const { results } = await send(
    { missionId, isChecked: true, checkedAt: '9999-12-31T23:59:59-12:00' },
    { missionId, isChecked: true, checkedAt: '0001-01-01T00:00:00+14:00' },
    { missionId: ids[1], isChecked: true, date: '9999-12-31' },
    { missionId: ids[1], isChecked: true, date: '0001-01-01' },
    { missionId: ids[1], isChecked: true },
  )
  const codes = results.map(({ error }: { error: { code: string } | null }) => error?.code)
  expect(codes).toEqual([undefined, 'DATE_OUT_OF_RANGE', 'DATE_OUT_OF_RANGE', 'DATE_OUT_OF_RANGE', undefined])
})

test('two hundred checks are made at once, and more are rejected', async () => {
  const { client, ids, send } = await start(100)
  const both = ['2026-03-15', '2026-03-16'].flatMap((date) =>
    ids.map((missionId) => ({ operationId: randomUUID(), missionId, isChecked: true, date })),
  )
  const { results } = await send(...both)
  expect(new Set(results.map(({ checklist }: { checklist: { checkedCount: number } }) => checklist.checkedCount))).toEqual(new Set([100]))
  expect(results).toHaveLength(200)
  const tooMany = [...both, both[0]]
  expect(await client.rejection(checkMissions, { input: { checks: tooMany } })).toMatchObject({ code: 'BAD_USER_INPUT' })
  const literal = `mutation { checkMissions(input: { checks: [${tooMany.map(() => `{ missionId: "${ids[0]}", isChecked: true }`)}] }) { results { error { code } } } }`
  expect(await client.rejection(literal)).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect((await send()).results).toEqual([])
})

/**
 * Mutation check: red without lockMember in OfflineChecks: each then marks its member while others hold a share of the lock, and waits for
 * them as they do. Red, too, where recount besides marks nobody: it counts the receipt without what the others write meanwhile.
 */
test('lists of late checks that come at once to two instances are all in the receipt', { timeout: 120_000 }, async () => {
  const { app, clock, client: first, ids } = await start(40)
  const other = await anotherInstance(app, { clock })
  const second = new Client(other.url, first.token)
  clock.set('2026-03-16T12:00:00Z')
  await sweep(app)
  for (let round = 0; round < 12; round++) {
    const lists = [0, 1, 2, 3].map((part) =>
      ids.slice(part * 10, part * 10 + 10).map((missionId, n) => ({
        ...{ missionId, isChecked: (round + part + n) % 3 === 0, date: '2026-03-15', checkedAt: '2026-03-15T20:00:00Z' },
      })),
    )
    await Promise.all(lists.map((checks, n) => (n % 2 ? first : second).run(checkMissions, { input: { checks } })))
    const { me, scenarios } = await first.run(
      '{ me { dayReceipts(from: "2026-03-15", to: "2026-03-15") { checkedCount } } scenarios { checklist(date: "2026-03-15") { checkedCount } } }',
    )
    expect(me.dayReceipts).toEqual([scenarios[0].checklist])
  }
  for (const instance of [app, other]) expect(await deadlocksOf(instance)).toBe(0)
})

/**
 * No proof of a lock: it stays green without lockMember in OfflineChecks, and without the locks of the missions too, since PostgreSQL comes
 * by both lists' rows in one order. What needs the lock is the receipt, above.
 */
test('lists of two devices, in opposite orders, beside single checks, end as if they had come one by one', {
  timeout: 120_000,
}, async () => {
  const { app, clock, client: first, scenarioId, ids } = await start(40)
  const second = new Client((await anotherInstance(app, { clock })).url, first.token)
  const forward = ids.map((missionId) => ({ missionId, isChecked: true }))
  const backward = forward.toReversed().map((check) => ({ ...check, isChecked: false }))
  for (let round = 0; round < 15; round++) {
    const [one, other] = await Promise.all([
      first.run(checkMissions, { input: { checks: forward } }),
      second.run(checkMissions, { input: { checks: backward } }),
      ...ids.slice(0, 4).map((missionId) => second.run(mutation('checkMission', '__typename'), { input: { missionId, isChecked: true } })),
    ])
    for (const answer of [one, other]) for (const { error } of answer.checkMissions.results) expect(error).toBeNull()
    const { scenario } = await first.run('query ($id: ID!) { scenario(id: $id) { checklist { items { isChecked } } } }', { id: scenarioId })
    const untouched = scenario.checklist.items.slice(4).map((item: { isChecked: boolean }) => item.isChecked)
    expect(new Set(untouched).size, 'all by the list that came last').toBe(1)
  }
})
