import { randomUUID } from 'node:crypto'
import { type GraphQLArgument, type GraphQLInputField, getNamedType, isInputObjectType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, checkMission, lines, makeMember, moveScenario } from '../support/client.js'

const today = () => new Date().toISOString().slice(0, 10)

/** What a member has who tries, and what the other one has whose things are not theirs to touch. */
type Things = { client: Client; scenarioIds: string[]; templateId: string; oneOffId: string }
type Case = {
  /** Sends an id that is not the sender's. */
  send(own: Things, id: string): Promise<unknown>
  /** The other member's ids that fit. */
  of(other: Things): string[]
}

const scenarios = ({ scenarioIds }: Things) => scenarioIds
const nodes = (of: Things) => [
  of.client.memberId,
  ...of.scenarioIds,
  of.templateId,
  of.oneOffId,
  `${of.scenarioIds[0]}:${today()}`,
  `${of.scenarioIds[0]}:notification`,
]
const missions = ({ templateId, oneOffId }: Things) => [templateId, oneOffId]
const fields = '{ id name version basicMissions { id content } }'
const create = `mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { listVersion scenario ${fields} scenarios ${fields} } }`
const update = `mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { listVersion scenario ${fields} scenarios ${fields} } }`
const remove = 'mutation ($input: DeleteScenarioInput!) { deleteScenario(input: $input) { deletedId listVersion } }'
const removeMission = 'mutation ($input: DeleteTodayMissionInput!) { deleteTodayMission(input: $input) { item { id } } }'

const revokeSession = 'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { member { id sessions { current } } } }'

/** One for each place in the schema that takes an id. A new field without one fails the first test. */
const cases: Record<string, Case> = {
  'Query.scenario(id)': { send: ({ client }, id) => client.ask(`query ($id: ID!) { scenario(id: $id) ${fields} }`, { id }), of: scenarios },
  'Query.node(id)': { send: ({ client }, id) => client.ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id }), of: nodes },
  'Mutation.createScenario(input.id)': {
    send: ({ client }, id) => client.ask(create, { input: { id, name: 'x' } }),
    of: scenarios,
  },
  'Mutation.createScenario(input.basicMissions.id)': {
    send: ({ client }, id) => client.ask(create, { input: { name: 'x', basicMissions: [{ id, content: 'x' }] } }),
    of: missions,
  },
  'Mutation.updateScenario(input.id)': { send: ({ client }, id) => client.ask(update, { input: { id, name: 'stolen' } }), of: scenarios },
  'Mutation.updateScenario(input.basicMissions.id)': {
    send: ({ client, scenarioIds }, id) =>
      client.ask(update, { input: { id: scenarioIds[0], basicMissions: [{ id, content: 'stolen' }] } }),
    of: missions,
  },
  'Mutation.moveScenario(input.id)': {
    send: ({ client, scenarioIds }, id) => client.ask(moveScenario, { input: { id, prevId: scenarioIds[0], nextId: scenarioIds[1] } }),
    of: scenarios,
  },
  'Mutation.moveScenario(input.prevId)': {
    send: ({ client, scenarioIds }, id) => client.ask(moveScenario, { input: { id: scenarioIds[0], prevId: id, nextId: null } }),
    of: scenarios,
  },
  'Mutation.moveScenario(input.nextId)': {
    send: ({ client, scenarioIds }, id) => client.ask(moveScenario, { input: { id: scenarioIds[0], prevId: randomUUID(), nextId: id } }),
    of: scenarios,
  },
  'Mutation.deleteScenario(input.id)': { send: ({ client }, id) => client.ask(remove, { input: { id } }), of: scenarios },
  'Mutation.revokeSession(input.id)': {
    send: ({ client }, id) => client.ask(revokeSession, { input: { id } }),
    of: ({ client }) => [JSON.parse(Buffer.from(client.token?.split('.')[1] as string, 'base64url').toString()).sid],
  },
  'Mutation.addTodayMission(input.id)': {
    send: ({ client, scenarioIds }, id) => client.ask(addTodayMission, { input: { id, scenarioId: scenarioIds[0], content: 'x' } }),
    of: ({ oneOffId }) => [oneOffId],
  },
  'Mutation.addTodayMission(input.scenarioId)': {
    send: ({ client }, id) => client.ask(addTodayMission, { input: { scenarioId: id, content: 'planted' } }),
    of: scenarios,
  },
  'Mutation.deleteTodayMission(input.missionId)': {
    send: ({ client }, id) => client.ask(removeMission, { input: { missionId: id } }),
    of: missions,
  },
  'Mutation.checkMission(input.missionId)': {
    send: ({ client }, id) => client.ask(checkMission, { input: { missionId: id, isChecked: true } }),
    of: missions,
  },
}

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

async function makeThings(): Promise<Things> {
  const client = await makeMember(app)
  const made = []
  for (const name of ['second', 'first']) made.unshift(await addScenario(client, { name, basicMissions: lines('a', 'b') }))
  const { addTodayMission: added } = await client.run(addTodayMission, { input: { scenarioId: made[0]?.id, content: 'one-off' } })
  return {
    client,
    scenarioIds: made.map(({ id }) => id),
    templateId: made[0]?.basicMissions[0]?.id as string,
    oneOffId: added.item.missionId,
  }
}

const everythingOf = ({ client }: Things) =>
  client.run(
    '{ me { id nickname listVersion } scenarios { id name memo version basicMissions { id content version } checklist { items { id content isChecked } } } }',
  )

/** An answer in which ids of the attempt's own are told apart by their order alone. */
function comparable(answer: unknown, id: string) {
  const seen = new Map([[id, '<the id>']])
  return JSON.parse(
    JSON.stringify(answer).replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, (uuid) => {
      if (!seen.has(uuid)) seen.set(uuid, `<id ${seen.size}>`)
      return seen.get(uuid) as string
    }),
  )
}

function idPaths(argument: GraphQLArgument | GraphQLInputField, path = argument.name, above = new Set<unknown>()): string[] {
  const type = getNamedType(argument.type)
  if (type.name === 'ID') return [path]
  if (!isInputObjectType(type) || above.has(type)) return []
  return Object.values(type.getFields()).flatMap((field) => idPaths(field, `${path}.${field.name}`, new Set([...above, type])))
}

test('every place of the schema that takes an id has a case, and every case a place', () => {
  const types = Object.values(app.app.schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'))
  const places = types.flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields()).flatMap((field) =>
          field.args.flatMap((arg) => idPaths(arg).map((path) => `${type.name}.${field.name}(${path})`)),
        )
      : [],
  )
  expect(places.sort()).toEqual(Object.keys(cases).sort())
})

// Mutation check: red with `member_id = …` taken out of snapshotRows, writeChecks or readTodayMission, one at a time.
describe.each(Object.entries(cases))('%s', (_place, { send, of }) => {
  test("with another member's id behaves exactly as with a random one, and changes nothing of theirs", async () => {
    const other = await makeThings()
    const before = await everythingOf(other)
    for (const theirs of of(other)) {
      const answer = await send(await makeThings(), theirs)
      const random = randomUUID()
      expect(comparable(answer, theirs)).toEqual(comparable(await send(await makeThings(), random), random))
    }
    expect(await everythingOf(other)).toEqual(before)
  })
})

test('what takes no id answers with what is the own', async () => {
  const [own, other] = [await makeThings(), await makeThings()]
  const theirs = JSON.stringify(await everythingOf(other))
  for (const id of [own.client.memberId, ...own.scenarioIds, own.templateId, own.oneOffId]) expect(theirs).not.toContain(id)
})
