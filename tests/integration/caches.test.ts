import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { type Device, libraries } from '../support/caches.js'
import { addScenario, type Client, lines, type MadeScenario, makeMember } from '../support/client.js'

/** Client libraries as they come, without a single function that updates a cache by hand. */

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const scenario = `id name version notification { id active time }
  checklist { id date checkedCount totalCount items { id missionId content isChecked } }`
const list = `query List { me { id listVersion scenarios { ${scenario} } } }`

// Mutation check: red with another id of a checklist for each response.
describe.each(Object.entries(libraries))('in the cache of %s', (_library, makeDevice) => {
  let client: Client
  let gym: MadeScenario
  let home: MadeScenario
  let device: Device
  beforeEach(async () => {
    client = await makeMember(app)
    gym = await addScenario(client, { name: 'Gym', basicMissions: lines('Shoes') })
    home = await addScenario(client, { name: 'Home', basicMissions: lines('Keys', 'Gas') })
    device = makeDevice(client, app.app.schema)
    await device.query(list)
  })

  const cachedList = () => device.cached(list)?.me as { listVersion: number; scenarios: Record<string, unknown>[] }
  /** The list that is cached is the one that the server would give now, every field of it. */
  const expectCurrent = async () => expect(device.cached(list)).toMatchObject(await client.run(list))

  test('a check shows in the list, in the item and in the count', async () => {
    const missionId = home.basicMissions[0]?.id
    await device.mutate(
      `mutation Check($input: CheckMissionInput!) {
        checkMission(input: $input) { checklist { id checkedCount items { id isChecked } } }
      }`,
      { input: { missionId, isChecked: true } },
    )
    const checklist = { checkedCount: 1, items: [{ missionId, isChecked: true }, { isChecked: false }] }
    expect(cachedList().scenarios[0]).toMatchObject({ checklist })
    await expectCurrent()
  })

  test('a check shows under another date argument that means the same day', async () => {
    const { me } = await client.run('{ me { today } }')
    const day = 'query Day($id: ID!, $date: LocalDate) { scenario(id: $id) { id checklist(date: $date) { id checkedCount } } }'
    const variables = { id: home.id, date: me.today }
    await device.query(day, variables)
    await device.mutate(
      `mutation Check($input: CheckMissionInput!) {
        checkMission(input: $input) { checklist { id checkedCount items { id isChecked } } }
      }`,
      { input: { missionId: home.basicMissions[1]?.id, isChecked: true } },
    )
    expect(device.cached(day, variables)?.scenario.checklist.checkedCount).toBe(1)
    await expectCurrent()
  })

  test('a mission for today is added to the list, and taken off it', async () => {
    const checklist = 'checklist { id checkedCount totalCount items { id missionId content isChecked } }'
    await device.mutate(`mutation Add($input: AddTodayMissionInput!) { addTodayMission(input: $input) { ${checklist} } }`, {
      input: { scenarioId: gym.id, content: 'Cake' },
    })
    await expectCurrent()
    const { scenarios } = await client.run('{ scenarios { checklist { items { missionId content } } } }')
    const cake = scenarios[1].checklist.items.find(({ content }: { content: string }) => content === 'Cake')
    await device.mutate(`mutation Remove($input: DeleteTodayMissionInput!) { deleteTodayMission(input: $input) { ${checklist} } }`, {
      input: { missionId: cake.missionId },
    })
    await expectCurrent()
  })

  test('a move shows in the list', async () => {
    await device.mutate(
      'mutation Move($input: MoveScenarioInput!) { moveScenario(input: $input) { member { id listVersion scenarios { id } } } }',
      { input: { id: gym.id, nextId: home.id } },
    )
    expect(cachedList().scenarios.map(({ id }) => id)).toEqual([gym.id, home.id])
    await expectCurrent()
  })

  test('a creation shows in the list', async () => {
    await device.mutate(
      `mutation Create($input: CreateScenarioInput!) { createScenario(input: $input) { member { id listVersion scenarios { ${scenario} } } } }`,
      { input: { name: 'Trip', basicMissions: lines('Passport') } },
    )
    expect(cachedList().scenarios.map(({ name }) => name)).toEqual(['Trip', 'Home', 'Gym'])
    await expectCurrent()
  })

  test('a deletion shows in the list', async () => {
    await device.mutate(
      'mutation Delete($input: DeleteScenarioInput!) { deleteScenario(input: $input) { deletedId member { id listVersion scenarios { id } } } }',
      { input: { id: home.id } },
    )
    expect(cachedList().scenarios.map(({ id }) => id)).toEqual([gym.id])
    await expectCurrent()
  })

  test('a change of a scenario and of its notification shows in the list', async () => {
    await device.mutate(
      `mutation Change($input: UpdateScenarioInput!) {
        updateScenario(input: $input) { scenario { id name version notification { id active time } } }
      }`,
      { input: { id: home.id, name: 'Away', notification: { active: false, time: '08:15' } } },
    )
    expect(cachedList().scenarios[0]).toMatchObject({ name: 'Away', notification: { time: '08:15' } })
    await expectCurrent()
  })

  test('smaller queries of the same things evict nothing', async () => {
    const before = device.cached(list)
    await device.query('query Small { me { id nickname scenarios { id name } } }')
    await device.query('query One($id: ID!) { scenario(id: $id) { id checklist { id date } notification { id active } } }', { id: home.id })
    await device.query('query Days($date: LocalDate) { scenarios { id checklist(date: $date) { id checkedCount items { id } } } }', {
      date: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
    })
    expect(before).not.toBeNull()
    expect(device.cached(list)).toEqual(before)
  })
})
