import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, lines, makeMember } from '../support/client.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const everything = `{
  id name memo version createdAt updatedAt
  notification { active method daysOfWeek time }
  basicMissions { id content version }
  checklist { date phase closed checkedCount totalCount items { id missionId type content isChecked } }
}`
const create = `mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { scenario ${everything} scenarios { id name } listVersion } }`
const update = `mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario ${everything} scenarios { id name } listVersion } }`
const remove = `mutation ($input: DeleteScenarioInput!) { deleteScenario(input: $input) { deletedId listVersion } }`

test('a new scenario comes back whole, at the top of the list', async () => {
  const client = await makeMember(app)
  const first = await addScenario(client, { name: 'Gym' })
  const id = randomUUID()
  const { createScenario } = await client.run(create, {
    input: {
      id,
      name: 'Leaving home',
      memo: 'every morning',
      notification: { active: true, method: 'ALARM', daysOfWeek: ['SUNDAY', 'MONDAY', 'SUNDAY'], time: '07:30' },
      basicMissions: lines('Keys', 'Gas off'),
    },
  })
  expect(createScenario).toMatchObject({
    scenario: {
      id,
      name: 'Leaving home',
      memo: 'every morning',
      version: 1,
      notification: { active: true, method: 'ALARM', daysOfWeek: ['MONDAY', 'SUNDAY'], time: '07:30' },
      basicMissions: [{ content: 'Keys', version: 1 }, { content: 'Gas off' }],
      checklist: {
        phase: 'TODAY',
        closed: false,
        checkedCount: 0,
        totalCount: 2,
        items: [{ content: 'Keys', isChecked: false }, { content: 'Gas off' }],
      },
    },
    scenarios: [{ id }, { id: first.id }],
    listVersion: 2,
  })
  const { scenarios, scenario, me } = await client.run(
    `query ($id: ID!) { scenarios ${everything} scenario(id: $id) ${everything} me { listVersion } }`,
    { id },
  )
  expect(scenarios[0]).toEqual(createScenario.scenario)
  expect(scenario).toEqual(createScenario.scenario)
  expect(me.listVersion).toBe(2)
})

test('a retried creation gives the same scenario, also after it was changed', async () => {
  const client = await makeMember(app)
  const input = { id: randomUUID(), name: 'Trip', basicMissions: lines('Passport') }
  const first = await client.run(create, { input })
  const second = await client.run(create, { input })
  expect(second).toEqual(first)
  await client.run(update, { input: { id: input.id, name: 'Long trip' } })
  const third = await client.run(create, { input })
  expect(third.createScenario).toMatchObject({ scenario: { id: input.id, name: 'Long trip', version: 2 }, listVersion: 1 })
})

test("an id that another scenario of the member bears is taken; another member's ids are nobody else's business", async () => {
  const [client, other] = [await makeMember(app), await makeMember(app)]
  const id = randomUUID()
  await client.run(create, { input: { id, name: 'Trip' } })
  expect(await client.rejection(create, { input: { id, name: 'Another trip' } })).toMatchObject({ code: 'ID_TAKEN' })
  expect(await other.run(create, { input: { id, name: 'Its own' } })).toMatchObject({
    createScenario: { scenario: { id, name: 'Its own' } },
  })
  expect(await client.run('{ scenarios { id name } }')).toEqual({ scenarios: [{ id, name: 'Trip' }] })
  await client.run(remove, { input: { id } })
  expect(await client.rejection(create, { input: { id, name: 'Trip' } }), 'the id of a deleted one').toMatchObject({ code: 'ID_TAKEN' })
  expect(await other.run('{ scenarios { id name } }')).toEqual({ scenarios: [{ id, name: 'Its own' }] })
})

test('sixteen retries at once make one scenario', async () => {
  for (let round = 0; round < 10; round++) {
    const client = await makeMember(app)
    const input = { id: randomUUID(), name: 'Trip', basicMissions: lines('Passport', 'Ticket') }
    const answers = await Promise.all(Array.from({ length: 16 }, () => client.run(create, { input })))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(await client.run('{ scenarios { id basicMissions { content } } me { listVersion } }')).toMatchObject({
      scenarios: [{ id: input.id, basicMissions: [{ content: 'Passport' }, { content: 'Ticket' }] }],
      me: { listVersion: 1 },
    })
  }
})

test('an update replaces the template: lines keep their ids, come, go and change places', async () => {
  const client = await makeMember(app)
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas', 'Wallet') })
  const [keys, gas, wallet] = basicMissions.map((mission) => mission.id)
  const { updateScenario } = await client.run(update, {
    input: { id, basicMissions: [{ id: wallet, content: 'Wallet' }, { content: 'Phone' }, { id: keys, content: 'All keys' }] },
  })
  const after = updateScenario.scenario
  expect(after).toMatchObject({
    version: 2,
    basicMissions: [
      { id: wallet, content: 'Wallet', version: 1 },
      { content: 'Phone', version: 1 },
      { id: keys, content: 'All keys', version: 2 },
    ],
  })
  expect(after.checklist.items.map((item: { missionId: string }) => item.missionId)).toEqual(
    after.basicMissions.map((mission: { id: string }) => mission.id),
  )
  const { scenario: other } = (await client.run(create, { input: { name: 'Gym' } })).createScenario
  for (const taken of [gas, other.id, client.memberId]) {
    const input = { id, basicMissions: [{ id: taken, content: 'Gas' }] }
    expect(await client.rejection(update, { input })).toMatchObject({ code: 'ID_TAKEN' })
  }
})

test('a field left out stays as it is; a memo can be emptied', async () => {
  const client = await makeMember(app)
  const notification = { active: true, method: 'PUSH', daysOfWeek: ['FRIDAY'], time: '22:15' }
  const { id } = await addScenario(client, { memo: 'note', notification, basicMissions: lines('Keys') })
  const renamed = (await client.run(update, { input: { id, name: 'Renamed' } })).updateScenario.scenario
  expect(renamed).toMatchObject({ name: 'Renamed', memo: 'note', notification, basicMissions: [{ content: 'Keys' }], version: 2 })
  const quiet = (await client.run(update, { input: { id, memo: null, notification: { active: false } } })).updateScenario.scenario
  expect(quiet).toMatchObject({ name: 'Renamed', memo: null, notification: { ...notification, active: false }, version: 3 })
  const same = (await client.run(update, { input: { id, name: 'Renamed' } })).updateScenario.scenario
  expect(same).toEqual(quiet)
})

test('a change from an old version is rejected with the current one', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client)
  await client.run(update, { input: { id, expectedVersion: 1, name: 'Two' } })
  const stale = { id, expectedVersion: 1 }
  expect(await client.rejection(update, { input: { ...stale, name: 'Lost' } })).toMatchObject({
    code: 'VERSION_CONFLICT',
    currentVersion: 2,
  })
  expect(await client.rejection(remove, { input: stale })).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 })
  expect((await client.run('{ scenarios { name } }')).scenarios).toEqual([{ name: 'Two' }])
})

test('thirty-two updates of one version at once: one is made', async () => {
  const client = await makeMember(app)
  for (let round = 1; round <= 10; round++) {
    const { id } = await addScenario(client)
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, writer) => client.request(update, { input: { id, expectedVersion: 1, name: `Writer ${writer}` } })),
    )
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(1)
    for (const { errors } of answers)
      if (errors) expect(errors[0]?.extensions).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 })
  }
})

test('a deleted scenario is gone with all that is its, and the list is counted up', async () => {
  const client = await makeMember(app)
  const kept = await addScenario(client, { basicMissions: lines('Keys') })
  const { id } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  expect((await client.run(remove, { input: { id } })).deleteScenario).toEqual({ deletedId: id, listVersion: 3 })
  expect((await client.run(remove, { input: { id, expectedVersion: 7 } })).deleteScenario).toEqual({ deletedId: id, listVersion: 3 })
  expect(await client.rejection(remove, { input: { id: randomUUID() } })).toMatchObject({ code: 'NOT_FOUND' })
  expect(await client.run(`query ($id: ID!) { scenario(id: $id) { id } scenarios { id } }`, { id })).toEqual({
    scenario: null,
    scenarios: [{ id: kept.id }],
  })
})

test('there are limits, and nothing is half made beyond them', async () => {
  const client = await makeMember(app)
  const tooMany = Array.from({ length: 101 }, () => ({ content: 'x' }))
  expect(await client.rejection(create, { input: { name: 'x', basicMissions: tooMany } })).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    limit: 100,
  })
  const { id } = await addScenario(client, { basicMissions: tooMany.slice(1) })
  expect(await client.rejection(update, { input: { id, basicMissions: tooMany } })).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 100 })

  const answers = await Promise.all(Array.from({ length: 110 }, () => client.request(create, { input: { name: 'x' } })))
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(99)
  for (const { errors } of answers) if (errors) expect(errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 100 })
  expect(await client.run('{ scenarios { id } me { listVersion } }')).toMatchObject({
    me: { listVersion: 100 },
    scenarios: { length: 100 },
  })
})
