import { randomUUID } from 'node:crypto'
import { type GraphQLObjectType, getNamedType, isInputObjectType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expiredPurge } from '../../src/jobs/expired-purge.job.js'
import { anotherInstance, appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, Client, lines, makeMember, moveScenario, mutation } from '../support/client.js'
import { sweep } from '../support/days.js'
import { notificationAt } from '../support/feed.js'
import { ManualClock } from '../support/manual-clock.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

/** Two scenarios: the first with three lines, a TODAY mission and a notification. */
type Things = { handle: string; client: Client; scenarioId: string; otherId: string; lineIds: string[]; todayId: string }

async function makeThings(): Promise<Things> {
  const handle = randomUUID()
  const client = await makeMember(app, { handle })
  const other = await addScenario(client, { name: 'Gym' })
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas', 'Phone'), notification: notificationAt() })
  const { addTodayMission: added } = await client.run(addTodayMission, { input: { scenarioId: id, content: 'Parcel' } })
  return { handle, client, scenarioId: id, otherId: other.id, lineIds: basicMissions.map((line) => line.id), todayId: added.item.missionId }
}

const member = `{
  id nickname timeZone dayStartsAt today listVersion sessions { id } pauses { id from to }
  scenarios { id name memo version notification { active time } basicMissions { id content version } checklist { checkedCount items { id content isChecked } } }
}`
const feed = 'etag items { scenarioId name time }'

/** All that a member can see. */
const stateOf = (client: Client) => client.run(`{ me ${member} notifications { ${feed} } }`)

/** Does something else, by another operation. */
const change = (client: Client, name: string, input: object) => client.run(mutation(name, '__typename'), { input })

type Case = {
  input(things: Things): object | Promise<object>
  /** Another wish, for which the same operation's id is taken. */
  other: object
  /** What others do between the first time and the second, so that a second time would be seen. */
  meanwhile(things: Things): Promise<unknown>
}

const newest = async ({ client, scenarioId }: Things) => {
  const { scenario } = await client.run(
    'query ($id: ID!) { scenario(id: $id) { basicMissions { id } checklist { items { missionId type } } } }',
    {
      id: scenarioId,
    },
  )
  const todayIds = scenario.checklist.items.filter(({ type }: { type: string }) => type === 'TODAY')
  return { lineId: scenario.basicMissions.at(-1).id as string, todayId: todayIds[0]?.missionId as string }
}

const pausesOf = async (client: Client): Promise<{ id: string }[]> => (await client.run('{ me { pauses { id } } }')).me.pauses
const dateIn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** One for each mutation that takes an operationId. */
const cases: Record<string, Case> = {
  createScenario: {
    input: () => ({ name: 'Trip', basicMissions: lines('Passport') }),
    other: { name: 'Travel' },
    meanwhile: ({ client, scenarioId }) => change(client, 'deleteScenario', { id: scenarioId }),
  },
  updateScenario: {
    input: ({ scenarioId, lineIds }) => ({
      ...{ id: scenarioId, expectedVersion: 1, name: 'Out', notification: { active: false } },
      basicMissions: [{ content: 'Umbrella' }, { id: lineIds[1], content: 'Gas' }],
    }),
    other: { name: 'In' },
    meanwhile: async ({ client, scenarioId }) => {
      await change(client, 'updateScenario', { id: scenarioId, name: 'Leaving', notification: notificationAt('08:00') })
      await change(client, 'addMission', { scenarioId, content: 'Wallet' })
    },
  },
  moveScenario: {
    input: ({ scenarioId, otherId }) => ({ id: scenarioId, prevId: otherId, expectedListVersion: 2 }),
    other: { prevId: null },
    meanwhile: ({ client, scenarioId, otherId }) => change(client, 'moveScenario', { id: scenarioId, nextId: otherId }),
  },
  deleteScenario: {
    input: ({ otherId }) => ({ id: otherId, expectedVersion: 1 }),
    other: { expectedVersion: 2 },
    meanwhile: ({ client }) => change(client, 'createScenario', { name: 'Trip' }),
  },
  restoreScenario: {
    input: async ({ client, otherId }) => {
      await change(client, 'deleteScenario', { id: otherId })
      return { id: otherId }
    },
    other: { id: randomUUID() },
    meanwhile: ({ client }) => change(client, 'createScenario', { name: 'Trip' }),
  },
  duplicateScenario: {
    input: ({ scenarioId }) => ({ id: scenarioId }),
    other: { newId: randomUUID() },
    meanwhile: ({ client, scenarioId }) => change(client, 'updateScenario', { id: scenarioId, name: 'Leaving' }),
  },
  addMission: {
    input: ({ scenarioId, lineIds }) => ({ scenarioId, content: 'Umbrella', prevId: lineIds[0] }),
    other: { content: 'Hat' },
    meanwhile: async (things) => {
      await change(things.client, 'updateMission', { id: things.lineIds[0], content: 'All keys' })
      await change(things.client, 'deleteMission', { id: things.lineIds[1] })
    },
  },
  updateMission: {
    input: ({ lineIds }) => ({ id: lineIds[0], expectedVersion: 1, content: 'All keys' }),
    other: { content: 'No keys' },
    meanwhile: ({ client, lineIds }) => change(client, 'updateMission', { id: lineIds[0], content: 'Keys of the car' }),
  },
  moveMission: {
    input: ({ lineIds }) => ({ id: lineIds[2], nextId: lineIds[0] }),
    other: { nextId: null },
    meanwhile: ({ client, lineIds }) => change(client, 'moveMission', { id: lineIds[2], prevId: lineIds[0] }),
  },
  deleteMission: {
    input: ({ lineIds }) => ({ id: lineIds[1] }),
    other: { id: randomUUID() },
    meanwhile: ({ client, scenarioId }) => change(client, 'addMission', { scenarioId, content: 'Gas' }),
  },
  addTodayMission: {
    input: ({ scenarioId }) => ({ scenarioId, content: 'Cake' }),
    other: { content: 'Pie' },
    meanwhile: async (things) => change(things.client, 'deleteTodayMission', { missionId: (await newest(things)).todayId }),
  },
  updateTodayMission: {
    input: ({ todayId }) => ({ missionId: todayId, content: 'Big parcel' }),
    other: { content: 'Small parcel' },
    meanwhile: ({ client, todayId }) => change(client, 'updateTodayMission', { missionId: todayId, content: 'Two parcels' }),
  },
  deleteTodayMission: {
    input: ({ todayId }) => ({ missionId: todayId }),
    other: { missionId: randomUUID() },
    meanwhile: ({ client, scenarioId }) => change(client, 'addTodayMission', { scenarioId, content: 'Parcel' }),
  },
  checkMission: {
    input: ({ lineIds }) => ({ missionId: lineIds[0], isChecked: true }),
    other: { isChecked: false },
    meanwhile: ({ client, lineIds }) => change(client, 'checkMission', { missionId: lineIds[0], isChecked: false }),
  },
  updateMember: {
    input: () => ({ nickname: 'Kim', timeZone: 'Asia/Seoul', dayStartsAt: '03:00' }),
    other: { nickname: 'Lee' },
    meanwhile: ({ client }) => change(client, 'updateMember', { nickname: 'Park', timeZone: 'Asia/Tokyo' }),
  },
  pauseDays: {
    input: () => ({ from: dateIn(3), to: dateIn(5) }),
    other: { to: dateIn(6) },
    meanwhile: async ({ client }) => change(client, 'resumeDays', { id: (await pausesOf(client))[0]?.id }),
  },
  resumeDays: {
    input: async ({ client }) => {
      await change(client, 'pauseDays', { from: dateIn(3), to: dateIn(5) })
      return { id: (await pausesOf(client))[0]?.id }
    },
    other: { id: randomUUID() },
    meanwhile: ({ client }) => change(client, 'pauseDays', { from: dateIn(4), to: dateIn(4) }),
  },
  revokeSession: {
    input: async ({ client, handle }) => {
      await makeMember(app, { handle })
      const { me } = await client.run('{ me { sessions { id current } } }')
      return { id: me.sessions.find(({ current }: { current: boolean }) => !current).id }
    },
    other: { id: randomUUID() },
    meanwhile: ({ handle }) => makeMember(app, { handle }),
  },
  setNotificationsActive: {
    input: () => ({ active: false }),
    other: { active: true },
    meanwhile: ({ client }) => change(client, 'setNotificationsActive', { active: true }),
  },
}

/** What takes no operationId, and why it needs none. */
const exceptions: Record<string, string> = {
  signInForDevelopment: 'the same handle is the same member',
  signIn: 'a nonce is used once',
  refreshSession: 'the same token has the same successor for a while',
  signOut: 'signed out is signed out',
  checkMissions: 'each of its checks has its own',
}

function mutationsOf({ app: { schema } }: TestApp) {
  const fields = Object.values((schema.getMutationType() as GraphQLObjectType).getFields())
  const takesOperation = ({ args: [input] }: (typeof fields)[number]) => {
    const type = input && getNamedType(input.type)
    return isInputObjectType(type) && 'operationId' in type.getFields()
  }
  return { all: fields.filter(({ args }) => args.length > 0), withOperation: fields.filter(takesOperation) }
}

test('every mutation that has an input takes an operationId, but for those that need none, and has its case here', () => {
  const { all, withOperation } = mutationsOf(app)
  const names = (of: typeof all) => of.map(({ name }) => name).sort()
  expect(names(all.filter((field) => !withOperation.includes(field)))).toEqual(
    Object.keys(exceptions)
      .filter((name) => names(all).includes(name))
      .sort(),
  )
  expect(names(withOperation)).toEqual(Object.keys(cases).sort())
})

/** What is selected of a mutation's payload: what of it can be compared with a query. */
function selectionOf(name: string): string {
  const type = getNamedType((app.app.schema.getMutationType() as GraphQLObjectType).getFields()[name]?.type)
  return isObjectType(type) && 'member' in type.getFields() ? `member ${member}` : feed
}

// Mutation check: red where beginOperation (for moves: findOperations; for checks: `isNew` in check.sql.ts) says of all that they are new,
// but for creations, whose ids come of the operation's, and for deletions.
describe.each(Object.entries(cases))('%s', (name, { input, other, meanwhile }) => {
  test('sent once more after others have done something else does nothing, and gives how things are now', async () => {
    const things = await makeThings()
    const { client } = things
    const operation = { ...(await input(things)), operationId: randomUUID() }
    const send = () => client.run(mutation(name, selectionOf(name)), { input: operation })
    const before = await stateOf(client)
    await send()
    expect(await stateOf(client), 'it is done').not.toEqual(before)
    await meanwhile(things)
    const present = await stateOf(client)
    for (let retry = 0; retry < 2; retry++) {
      const { [name]: response } = await send()
      expect(response).toEqual(selectionOf(name) === feed ? present.notifications : { member: present.me })
      expect(await stateOf(client)).toEqual(present)
    }
    expect(await client.rejection(mutation(name, '__typename'), { input: { ...operation, ...other } })).toMatchObject({ code: 'ID_TAKEN' })
    expect(await stateOf(client)).toEqual(present)
  })
})

test('an operation is of one mutation: another one with the same input is another operation', async () => {
  const { client, lineIds } = await makeThings()
  const input = { operationId: randomUUID(), id: lineIds[0] }
  await change(client, 'moveMission', input)
  expect(await client.rejection(mutation('updateMission', '__typename'), { input })).toMatchObject({ code: 'ID_TAKEN' })
  expect(await client.rejection(mutation('deleteScenario', '__typename'), { input })).toMatchObject({ code: 'ID_TAKEN' })
})

// Mutation check: red where prevId, or what of a new notification is left out, is told from null.
test('null and left out are one operation where they mean the same', async () => {
  const { client, scenarioId, otherId } = await makeThings()
  const notification = { active: false }
  const cases = {
    moveScenario: [{ id: otherId, nextId: scenarioId }, { prevId: null }],
    createScenario: [
      { name: 'Trip', notification },
      { memo: null, notification: { ...notification, method: null, time: null, place: null } },
    ],
  }
  for (const [name, [input, nulls]] of Object.entries(cases)) {
    const operation = { operationId: randomUUID(), ...input }
    const send = (more: object) => client.run(mutation(name, 'listVersion'), { input: { ...operation, ...more } })
    expect(await send({ ...nulls }), name).toEqual(await send({}))
  }
})

test('what an operation has made without an id of the client bears the same id in the response to its retry', async () => {
  const { client, scenarioId } = await makeThings()
  const create = { operationId: randomUUID(), name: 'Trip' }
  const add = { operationId: randomUUID(), scenarioId, content: 'Cake' }
  const send = async () => [
    (await client.run(mutation('createScenario', 'scenario { id name }'), { input: create })).createScenario.scenario,
    (await client.run(addTodayMission, { input: add })).addTodayMission.item,
  ]
  const first = await send()
  expect(await send()).toEqual(first)
  expect(first).toMatchObject([{ name: 'Trip' }, { content: 'Cake' }])
})

test('an operation that was rejected leaves nothing, and is done when its cause is gone', async () => {
  const { client, scenarioId, otherId, lineIds, todayId } = await makeThings()
  const operationId = () => randomUUID()
  const date = '2000-01-01'
  const rejected: [string, object][] = [
    ['updateScenario', { id: scenarioId, expectedVersion: 9, name: 'x' }],
    ['moveScenario', { id: scenarioId, prevId: otherId, expectedListVersion: 9 }],
    ['updateMission', { id: lineIds[0], expectedVersion: 9, content: 'x' }],
    ['checkMission', { missionId: lineIds[0], isChecked: true, date }],
    ['checkMission', { missionId: lineIds[0], isChecked: true, date, checkedAt: `${date}T12:00:00Z` }],
    ['addTodayMission', { scenarioId, content: 'x', date }],
    ['createScenario', { id: lineIds[0], name: 'x' }],
    ['deleteTodayMission', { missionId: lineIds[0] }],
    ['updateTodayMission', { missionId: lineIds[0], content: 'x' }],
    ['addMission', { id: todayId, scenarioId, content: 'x' }],
  ]
  const count = () => app.database.operation.count({ where: { memberId: client.memberId } })
  const before = await count()
  for (const [name, input] of rejected) {
    await client.rejection(mutation(name, '__typename'), { input: { ...input, operationId: operationId() } })
  }
  const check = { missionId: lineIds[0], isChecked: true, date, operationId: operationId() }
  const { checkMissions } = await client.run(mutation('checkMissions', 'results { error { code } }'), { input: { checks: [check] } })
  expect(checkMissions.results).toEqual([{ error: { code: 'DATE_OUT_OF_RANGE' } }])
  expect(await count()).toBe(before)

  const move = { id: scenarioId, prevId: otherId, expectedListVersion: 3, operationId: operationId() }
  expect(await client.rejection(moveScenario, { input: move })).toMatchObject({ code: 'ORDER_CONFLICT' })
  await addScenario(client)
  expect((await client.run(moveScenario, { input: move })).moveScenario.listVersion).toBe(4)
})

/**
 * Two instances, each with connections of its own. Mutation check: red where the effect is not left out (change.ts), with DO NOTHING in
 * beginOperation or in `begun` of check.sql.ts, and where a move looks for its operation before its lock is taken.
 */
test('an operation that four send at once, on two instances, is done once', { timeout: 120_000 }, async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const shared = await appForThisTest({ clock })
  const first = await makeMember(shared, { timeZone: 'UTC' })
  const second = new Client((await anotherInstance(shared, { clock })).url, first.token)
  const other = await addScenario(first, { name: 'Gym' })
  const { id, basicMissions } = await addScenario(first, { basicMissions: lines('Keys') })
  clock.set('2026-03-16T09:00:00Z')
  await sweep(shared)
  const receipt =
    '{ me { listVersion dayReceipts(from: "2026-03-15", to: "2026-03-15") { version } } scenarios { id version basicMissions { id } } }'
  const rounds = 12
  for (let round = 0; round < rounds; round++) {
    const operations: [string, object][] = [
      ['addMission', { scenarioId: id, content: `Line ${round}` }],
      ['createScenario', { name: `Scenario ${round}` }],
      ['moveScenario', { id, prevId: other.id }],
      // Its one line is a new one each time that it is done.
      ['updateScenario', { id: other.id, basicMissions: [{ content: `Line ${round}` }] }],
      [
        'checkMission',
        { missionId: basicMissions[0]?.id, isChecked: round % 2 === 0, date: '2026-03-15', checkedAt: '2026-03-15T20:00:00Z' },
      ],
    ]
    await Promise.all(
      operations.flatMap(([name, input]) => {
        const operation = { ...input, operationId: randomUUID() }
        return [first, second, first, second].map((client) => change(client, name, operation))
      }),
    )
  }
  const { me, scenarios } = await first.run(receipt)
  expect(me).toEqual({ listVersion: 2 + 2 * rounds, dayReceipts: [{ version: 1 + rounds }] })
  const [whole, rewritten] = [id, other.id].map((wanted) => scenarios.find((scenario: { id: string }) => scenario.id === wanted))
  expect(whole.basicMissions).toHaveLength(1 + rounds)
  expect(rewritten).toMatchObject({ version: 1 + rounds, basicMissions: { length: 1 } })
  expect(scenarios).toHaveLength(2 + rounds)
})

describe('a check whose response was lost', () => {
  const late = mutation(
    'checkMission',
    'item { id isChecked } checklist { date closed checkedCount totalCount } receipt { checkedCount version }',
  )

  async function start() {
    const clock = new ManualClock('2026-03-15T12:00:00Z')
    const shared = await appForThisTest({ clock })
    const client = await makeMember(shared, { timeZone: 'UTC' })
    const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
    const [keys, gas] = basicMissions.map((line) => line.id)
    const check = { operationId: randomUUID(), missionId: keys, isChecked: true, date: '2026-03-15' }
    return { clock, shared, client, scenarioId: id, keys, gas, check }
  }

  /** Mutation check: red where Checks.set throws what stands in the way of a check though it has an operation, and (`today`) without details. */
  test('is acknowledged after the end of its day, with the receipt', async () => {
    const { clock, shared, client, gas, check } = await start()
    await client.run(late, { input: check })
    clock.set('2026-03-16T12:00:00Z')
    await sweep(shared)
    expect((await client.run(late, { input: check })).checkMission).toEqual({
      item: { id: expect.any(String), isChecked: true },
      checklist: { date: '2026-03-15', closed: true, checkedCount: 1, totalCount: 2 },
      receipt: { checkedCount: 1, version: 1 },
    })
    const never = { ...check, operationId: randomUUID() }
    expect(await client.rejection(late, { input: never })).toMatchObject({ code: 'DAY_CLOSED', today: '2026-03-16' })
    expect(await client.rejection(late, { input: { ...check, missionId: gas } })).toMatchObject({ code: 'ID_TAKEN' })
    const { checkMissions } = await client.run(
      mutation('checkMissions', 'results { item { isChecked } receipt { version } error { code } }'),
      {
        input: { checks: [check, never] },
      },
    )
    expect(checkMissions.results).toEqual([
      { item: { isChecked: true }, receipt: { version: 1 }, error: null },
      { item: null, receipt: null, error: { code: 'DAY_CLOSED' } },
    ])
  })

  test('that came late is counted once', async () => {
    const { clock, shared, client, check } = await start()
    clock.set('2026-03-16T12:00:00Z')
    await sweep(shared)
    const input = { ...check, checkedAt: '2026-03-15T23:50:00Z' }
    const { checkMission } = await client.run(late, { input })
    expect(checkMission).toMatchObject({ checklist: { checkedCount: 1 }, receipt: { checkedCount: 1, version: 2 } })
    expect((await client.run(late, { input })).checkMission).toEqual(checkMission)
    clock.set('2026-03-18T12:00:00Z')
    expect((await client.run(late, { input })).checkMission).toEqual(checkMission)
  })

  test('is acknowledged when its mission has gone since', async () => {
    const { client, scenarioId, keys, check } = await start()
    await client.run(late, { input: check })
    await change(client, 'deleteMission', { id: keys })
    expect((await client.run(late, { input: check })).checkMission).toMatchObject({
      item: null,
      checklist: { date: '2026-03-15', totalCount: 1 },
    })

    const { addTodayMission: added } = await client.run(addTodayMission, { input: { scenarioId, content: 'Cake', date: '2026-03-17' } })
    const ofToday = { operationId: randomUUID(), missionId: added.item.missionId, isChecked: true }
    await client.run(late, { input: ofToday })
    await change(client, 'deleteTodayMission', { missionId: ofToday.missionId })
    const gone = { item: null, checklist: { date: '2026-03-17', totalCount: 1 } }
    expect((await client.run(late, { input: ofToday })).checkMission).toMatchObject(gone)
    const all = mutation('checkMissions', 'results { item { id } checklist { date totalCount } error { code } }')
    const { checkMissions } = await client.run(all, { input: { checks: [ofToday, check] } })
    expect(checkMissions.results).toEqual([
      { ...gone, error: null },
      { item: null, checklist: { date: '2026-03-15', totalCount: 1 }, error: null },
    ])
  })
})

describe('what is deleted already', () => {
  test('is deleted once more with success, and its id is not given to something else', async () => {
    const { client, scenarioId, lineIds, todayId } = await makeThings()
    const deletions: [string, object, string][] = [
      ['deleteTodayMission', { missionId: todayId }, 'item { id } checklist { totalCount }'],
      ['deleteMission', { id: lineIds[0] }, 'scenario { id version basicMissions { content } }'],
      ['deleteScenario', { id: scenarioId }, 'deletedId listVersion'],
    ]
    for (const [name, input, selection] of deletions) {
      const first = await client.run(mutation(name, selection), { input })
      expect(await client.run(mutation(name, selection), { input })).toEqual(first)
    }
    for (const taken of [scenarioId, lineIds[0], todayId]) {
      expect(await client.rejection(mutation('createScenario', '__typename'), { input: { id: taken, name: 'x' } })).toMatchObject({
        code: 'ID_TAKEN',
      })
    }
    for (const [name, input] of [
      ['deleteTodayMission', { missionId: randomUUID() }],
      ['deleteTodayMission', { missionId: lineIds[1] }],
      ['deleteMission', { id: randomUUID() }],
      ['deleteScenario', { id: randomUUID() }],
      ['deleteScenario', { id: lineIds[1] }],
    ] as const) {
      expect(await client.rejection(mutation(name, '__typename'), { input }), name).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await app.app.closing.findViolations()).toEqual([])
  })

  test('is known as long when more are deleted than are kept', async () => {
    const client = await makeMember(app)
    const ids: string[] = []
    for (let n = 0; n < 102; n++) {
      const { id } = await addScenario(client)
      await change(client, 'deleteScenario', { id })
      ids.push(id)
    }
    expect(await app.database.tombstone.count({ where: { memberId: client.memberId } })).toBe(2)
    expect((await client.run(mutation('deleteScenario', 'deletedId'), { input: { id: ids[0] } })).deleteScenario).toEqual({
      deletedId: ids[0],
    })
  })
})

test('a retry is known for three days, and what the purge has forgotten is done anew, but for what bears an id', async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const shared = await appForThisTest({ clock })
  const client = await makeMember(shared, { timeZone: 'UTC' })
  const { id } = await addScenario(client)
  const add = { operationId: randomUUID(), scenarioId: id, content: 'Keys' }
  const update = { operationId: randomUUID(), id, name: 'First' }
  const send = async () => {
    await change(client, 'addMission', add)
    await change(client, 'updateScenario', update)
    return (await client.run('{ scenarios { name basicMissions { content } } }')).scenarios[0]
  }
  await send()
  await change(client, 'updateScenario', { id, name: 'Second' })
  const purge = () => shared.app.runner.run(expiredPurge, new AbortController().signal)
  clock.set('2026-03-18T11:59:00Z')
  await expect.poll(async () => (await purge()).outcome, { timeout: 30_000 }).toBe('done')
  expect(await send()).toEqual({ name: 'Second', basicMissions: [{ content: 'Keys' }] })
  clock.set('2026-03-18T12:00:01Z')
  await expect.poll(async () => (await purge()).outcome, { timeout: 30_000 }).toBe('done')
  expect(await send()).toEqual({ name: 'First', basicMissions: [{ content: 'Keys' }] })
})
