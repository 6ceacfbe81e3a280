import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anotherInstance, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, checkMission, lines, makeList, makeMember } from '../support/client.js'
import { deleteScenario, notificationAt, readFeed, updateScenario } from '../support/feed.js'

const fields = `id name memo version notification { active method daysOfWeek time } basicMissions { id content version daysOfWeek }
  checklist { items { type content isChecked } }`
const duplicate = `mutation ($input: DuplicateScenarioInput!) {
  duplicateScenario(input: $input) { listVersion scenario { ${fields} } scenarios { id } }
}`

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const duplicated = async (client: Client, input: object) => (await client.run(duplicate, { input })).duplicateScenario

test('a copy stands at the top, with the fields, the template and the notification, which is inactive; without history', async () => {
  const client = await makeMember(app)
  const made = await addScenario(client, {
    name: 'Gym',
    memo: 'On Mondays',
    basicMissions: [{ content: 'Keys', daysOfWeek: ['MONDAY'] }, { content: 'Towel' }],
    notification: notificationAt('06:15'),
  })
  const other = await addScenario(client)
  await client.run(checkMission, { input: { missionId: made.basicMissions[1]?.id, isChecked: true } })
  await client.run(addTodayMission, { input: { scenarioId: made.id, content: 'Parcel' } })
  await updateScenario(client, { id: made.id, name: 'The gym' })
  const { etag } = await readFeed(client)

  const { scenario, scenarios, listVersion } = await duplicated(client, { id: made.id })
  expect(scenario).toMatchObject({
    name: 'The gym',
    memo: 'On Mondays',
    version: 1,
    notification: { ...notificationAt('06:15'), active: false },
    basicMissions: [
      { content: 'Keys', version: 1, daysOfWeek: ['MONDAY'] },
      { content: 'Towel', version: 1 },
    ],
  })
  expect(scenario.checklist.items).toContainEqual({ type: 'BASIC', content: 'Towel', isChecked: false })
  expect(scenario.checklist.items).not.toContainEqual(expect.objectContaining({ type: 'TODAY' }))
  const ids = [made.id, scenario.id, ...[...made.basicMissions, ...scenario.basicMissions].map(({ id }: { id: string }) => id)]
  expect(new Set(ids).size).toBe(6)
  expect(scenarios).toEqual([{ id: scenario.id }, { id: other.id }, { id: made.id }])
  expect(listVersion).toBe(3)
  expect((await readFeed(client)).etag).toBe(etag)
})

test('sent again with the same new id it gives the same copy, as it is now, also when the original is gone', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client, { basicMissions: lines('Keys') })
  const input = { id, newId: randomUUID() }
  const first = await duplicated(client, input)
  expect(first.scenario.id).toBe(input.newId)
  expect(await duplicated(client, input)).toEqual(first)
  await updateScenario(client, { id: input.newId, name: 'Renamed' })
  await updateScenario(client, { id, name: 'Changed since' })
  await deleteScenario(client, id)
  expect((await duplicated(client, input)).scenario).toMatchObject({ id: input.newId, name: 'Renamed' })
})

test('an id that anything else bears is ID_TAKEN', async () => {
  const client = await makeMember(app)
  const [one, other] = [await addScenario(client, { basicMissions: lines('Keys') }), await addScenario(client)]
  const copy = (await duplicated(client, { id: one.id })).scenario
  const gone = await addScenario(client)
  await deleteScenario(client, gone.id)
  for (const newId of [one.id, other.id, one.basicMissions[0]?.id, client.memberId, gone.id]) {
    expect(await client.rejection(duplicate, { input: { id: one.id, newId } })).toMatchObject({ code: 'ID_TAKEN' })
  }
  // The copy of something else.
  expect(await client.rejection(duplicate, { input: { id: other.id, newId: copy.id } })).toMatchObject({ code: 'ID_TAKEN' })
})

test('what is deleted, or never was, is NOT_FOUND, and one more than a hundred is LIMIT_EXCEEDED', async () => {
  const { client, ids } = await makeList(app, 100)
  expect(await client.rejection(duplicate, { input: { id: ids[0] } })).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 100 })
  await deleteScenario(client, ids[0] as string)
  for (const id of [ids[0], randomUUID()]) expect(await client.rejection(duplicate, { input: { id } })).toMatchObject({ code: 'NOT_FOUND' })
  expect((await duplicated(client, { id: ids[1] })).scenarios).toHaveLength(100)
})

/** Mutation check: red without lockMember() in member/change.ts. */
test('sent by two instances at once with one new id it makes one copy', async () => {
  const other = await anotherInstance(app)
  const client = await makeMember(app)
  const elsewhere = Object.assign(Object.create(Object.getPrototypeOf(client)), client, { url: other.url }) as Client
  const { id } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  for (let round = 1; round <= 20; round++) {
    const input = { id, newId: randomUUID() }
    const answers = await Promise.all([client, elsewhere, client, elsewhere].map((one) => duplicated(one, input)))
    expect(new Set(answers.map(({ scenario }) => JSON.stringify(scenario))).size).toBe(1)
    expect(answers[0].scenarios).toHaveLength(1 + round)
  }
})
