import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, checkMission, lines, makeMember, moveScenario } from '../support/client.js'

let app: TestApp
let client: Client
beforeAll(async () => {
  app = await startTestApp()
  client = await makeMember(app)
})
afterAll(() => app.stop())

const upper = (id: string) => id.toUpperCase()

// Mutation check: red without either toLowerCase in input.ts.
test('ids in upper case, as Swift writes them, mean the same, and come back in lower case', async () => {
  const [id, otherId, missionId] = [randomUUID(), randomUUID(), randomUUID()]
  const scenario = await addScenario(client, { id: upper(id), basicMissions: lines('Keys', 'Phone') })
  expect(scenario.id).toBe(id)
  expect((await addScenario(client, { id, basicMissions: lines('Keys', 'Phone') })).id).toBe(id)
  await addScenario(client, { id: otherId, name: 'Gym' })

  const { moveScenario: moved } = await client.run(moveScenario, { input: { id: upper(id), nextId: upper(otherId) } })
  expect(moved.scenarios).toEqual([{ id }, { id: otherId }])
  const [keys = { id: '' }, phone = { id: '' }] = scenario.basicMissions
  const { updateScenario } = await client.run(
    'mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { basicMissions { id } } } }',
    { input: { id: upper(id), basicMissions: [phone, keys].map((line) => ({ id: upper(line.id), content: 'x' })) } },
  )
  expect(updateScenario.scenario.basicMissions).toEqual([{ id: phone.id }, { id: keys.id }])

  const added = await client.run(addTodayMission, { input: { id: upper(missionId), scenarioId: upper(id), content: 'Cake' } })
  expect(added.addTodayMission.item.missionId).toBe(missionId)
  for (const tapped of [keys.id, missionId]) {
    const { checkMission: checked } = await client.run(checkMission, { input: { missionId: upper(tapped), isChecked: true } })
    expect(checked.item).toMatchObject({ missionId: tapped, isChecked: true })
  }
  expect((await client.run('query ($id: ID!) { scenario(id: $id) { id } }', { id: upper(id) })).scenario).toEqual({ id })
  const { deleteScenario } = await client.run('mutation ($input: DeleteScenarioInput!) { deleteScenario(input: $input) { deletedId } }', {
    input: { id: upper(id) },
  })
  expect(deleteScenario.deletedId).toBe(id)
})
