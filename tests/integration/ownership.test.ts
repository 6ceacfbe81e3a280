import { randomUUID } from 'node:crypto'
import { type GraphQLArgument, type GraphQLInputField, getNamedType, isInputObjectType, isObjectType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, checkMission, lines, makeMember, moveScenario, mutation } from '../support/client.js'

const date = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10)
const today = () => date(0)

/** What a member has who tries, and what the other one has whose things are not theirs to touch. */
type Things = {
  client: Client
  scenarioIds: string[]
  templateId: string
  todayMissionId: string
  deletedId: string
  pauseId: string
  operationId: string
}
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
  of.todayMissionId,
  `${of.scenarioIds[0]}:${today()}`,
  `${of.scenarioIds[0]}:notification`,
]
const days = 'member { pauses { id from to } }'
const missions = ({ templateId, todayMissionId }: Things) => [templateId, todayMissionId]
const fields = '{ id name version basicMissions { id content } }'
const create = `mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { listVersion scenario ${fields} scenarios ${fields} } }`
const update = `mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { listVersion scenario ${fields} scenarios ${fields} } }`
const remove = 'mutation ($input: DeleteScenarioInput!) { deleteScenario(input: $input) { deletedId listVersion } }'
const line = (name: string) => mutation(name, `listVersion scenario ${fields}`)
const item = (name: string) => mutation(name, 'item { id content isChecked }')
const checkAll = mutation('checkMissions', 'results { item { id content isChecked } error { code message } }')
const removeMission = 'mutation ($input: DeleteTodayMissionInput!) { deleteTodayMission(input: $input) { item { id } } }'

const revokeSession = 'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { member { id sessions { current } } } }'
const sessionOf = ({ token }: Client): string => JSON.parse(Buffer.from(token?.split('.')[1] as string, 'base64url').toString()).sid

/** What a mutation of the own things needs beside an operation's id. */
const operations: Record<string, (own: Things) => [document: string, input: object]> = {
  createScenario: () => [create, { name: 'x' }],
  updateScenario: ({ scenarioIds }) => [update, { id: scenarioIds[0], name: 'x' }],
  moveScenario: ({ scenarioIds }) => [moveScenario, { id: scenarioIds[0], prevId: scenarioIds[1] }],
  deleteScenario: ({ scenarioIds }) => [remove, { id: scenarioIds[0] }],
  restoreScenario: ({ scenarioIds }) => [line('restoreScenario'), { id: scenarioIds[0] }],
  duplicateScenario: ({ scenarioIds }) => [line('duplicateScenario'), { id: scenarioIds[0] }],
  addMission: ({ scenarioIds }) => [line('addMission'), { scenarioId: scenarioIds[0], content: 'x' }],
  updateMission: ({ templateId }) => [line('updateMission'), { id: templateId, content: 'x' }],
  moveMission: ({ templateId }) => [line('moveMission'), { id: templateId }],
  deleteMission: ({ templateId }) => [line('deleteMission'), { id: templateId }],
  addTodayMission: ({ scenarioIds }) => [addTodayMission, { scenarioId: scenarioIds[0], content: 'x' }],
  updateTodayMission: ({ todayMissionId }) => [item('updateTodayMission'), { missionId: todayMissionId, content: 'x' }],
  deleteTodayMission: ({ todayMissionId }) => [removeMission, { missionId: todayMissionId }],
  checkMission: ({ templateId }) => [checkMission, { missionId: templateId, isChecked: true }],
  revokeSession: ({ client }) => [revokeSession, { id: sessionOf(client) }],
  pauseDays: () => [mutation('pauseDays', days), { from: date(5), to: date(5) }],
  resumeDays: ({ pauseId }) => [mutation('resumeDays', days), { id: pauseId }],
  updateMember: () => [mutation('updateMember', 'member { nickname }'), { nickname: 'x' }],
  setNotificationsActive: () => [mutation('setNotificationsActive', 'items { name }'), { active: false }],
}

/** One for each place in the schema that takes an id. A new field without one fails the first test. */
const cases: Record<string, Case> = {
  'Query.scenario(id)': {
    send: ({ client }, id) => client.request(`query ($id: ID!) { scenario(id: $id) ${fields} }`, { id }),
    of: scenarios,
  },
  'Query.node(id)': { send: ({ client }, id) => client.request('query ($id: ID!) { node(id: $id) { __typename id } }', { id }), of: nodes },
  'Mutation.createScenario(input.id)': {
    send: ({ client }, id) => client.request(create, { input: { id, name: 'x' } }),
    of: scenarios,
  },
  'Mutation.createScenario(input.basicMissions.id)': {
    send: ({ client }, id) => client.request(create, { input: { name: 'x', basicMissions: [{ id, content: 'x' }] } }),
    of: missions,
  },
  'Mutation.updateScenario(input.id)': {
    send: ({ client }, id) => client.request(update, { input: { id, name: 'stolen' } }),
    of: scenarios,
  },
  'Mutation.updateScenario(input.basicMissions.id)': {
    send: ({ client, scenarioIds }, id) =>
      client.request(update, { input: { id: scenarioIds[0], basicMissions: [{ id, content: 'stolen' }] } }),
    of: missions,
  },
  'Mutation.moveScenario(input.id)': {
    send: ({ client, scenarioIds }, id) => client.request(moveScenario, { input: { id, prevId: scenarioIds[0], nextId: scenarioIds[1] } }),
    of: scenarios,
  },
  'Mutation.moveScenario(input.prevId)': {
    send: ({ client, scenarioIds }, id) => client.request(moveScenario, { input: { id: scenarioIds[0], prevId: id, nextId: null } }),
    of: scenarios,
  },
  'Mutation.moveScenario(input.nextId)': {
    send: ({ client, scenarioIds }, id) =>
      client.request(moveScenario, { input: { id: scenarioIds[0], prevId: randomUUID(), nextId: id } }),
    of: scenarios,
  },
  'Mutation.restoreScenario(input.id)': {
    send: ({ client }, id) => client.request(line('restoreScenario'), { input: { id } }),
    of: (other) => [...scenarios(other), other.deletedId],
  },
  'Mutation.duplicateScenario(input.id)': {
    send: ({ client }, id) => client.request(line('duplicateScenario'), { input: { id } }),
    of: scenarios,
  },
  'Mutation.duplicateScenario(input.newId)': {
    send: ({ client, scenarioIds }, id) => client.request(line('duplicateScenario'), { input: { id: scenarioIds[0], newId: id } }),
    of: scenarios,
  },
  'Mutation.deleteScenario(input.id)': { send: ({ client }, id) => client.request(remove, { input: { id } }), of: scenarios },
  'Mutation.revokeSession(input.id)': {
    send: ({ client }, id) => client.request(revokeSession, { input: { id } }),
    of: ({ client }) => [sessionOf(client)],
  },
  'Mutation.resumeDays(input.id)': {
    send: ({ client }, id) => client.request(mutation('resumeDays', days), { input: { id } }),
    of: ({ pauseId }) => [pauseId],
  },
  'Mutation.addTodayMission(input.id)': {
    send: ({ client, scenarioIds }, id) => client.request(addTodayMission, { input: { id, scenarioId: scenarioIds[0], content: 'x' } }),
    of: ({ todayMissionId }) => [todayMissionId],
  },
  'Mutation.addTodayMission(input.scenarioId)': {
    send: ({ client }, id) => client.request(addTodayMission, { input: { scenarioId: id, content: 'planted' } }),
    of: scenarios,
  },
  'Mutation.deleteTodayMission(input.missionId)': {
    send: ({ client }, id) => client.request(removeMission, { input: { missionId: id } }),
    of: missions,
  },
  'Mutation.checkMission(input.missionId)': {
    send: ({ client }, id) => client.request(checkMission, { input: { missionId: id, isChecked: true } }),
    of: missions,
  },
  'Mutation.checkMissions(input.checks.missionId)': {
    send: ({ client }, id) => client.request(checkAll, { input: { checks: [{ missionId: id, isChecked: true }] } }),
    of: missions,
  },
  'Mutation.checkMissions(input.checks.operationId)': {
    send: ({ client, templateId }, id) =>
      client.request(checkAll, { input: { checks: [{ operationId: id, missionId: templateId, isChecked: true }] } }),
    of: ({ operationId }) => [operationId],
  },
  'Mutation.updateTodayMission(input.missionId)': {
    send: ({ client }, id) => client.request(item('updateTodayMission'), { input: { missionId: id, content: 'stolen' } }),
    of: missions,
  },
  'Mutation.addMission(input.id)': {
    send: ({ client, scenarioIds }, id) => client.request(line('addMission'), { input: { id, scenarioId: scenarioIds[0], content: 'x' } }),
    of: ({ templateId }) => [templateId],
  },
  'Mutation.addMission(input.scenarioId)': {
    send: ({ client }, id) => client.request(line('addMission'), { input: { scenarioId: id, content: 'planted' } }),
    of: scenarios,
  },
  'Mutation.addMission(input.prevId)': {
    send: ({ client, scenarioIds }, id) =>
      client.request(line('addMission'), { input: { scenarioId: scenarioIds[0], content: 'x', prevId: id, nextId: null } }),
    of: missions,
  },
  'Mutation.addMission(input.nextId)': {
    send: ({ client, scenarioIds }, id) =>
      client.request(line('addMission'), { input: { scenarioId: scenarioIds[0], content: 'x', prevId: randomUUID(), nextId: id } }),
    of: missions,
  },
  'Mutation.updateMission(input.id)': {
    send: ({ client }, id) => client.request(line('updateMission'), { input: { id, content: 'stolen' } }),
    of: missions,
  },
  'Mutation.moveMission(input.id)': { send: ({ client }, id) => client.request(line('moveMission'), { input: { id } }), of: missions },
  'Mutation.moveMission(input.prevId)': {
    send: ({ client, templateId }, id) => client.request(line('moveMission'), { input: { id: templateId, prevId: id } }),
    of: missions,
  },
  'Mutation.moveMission(input.nextId)': {
    send: ({ client, templateId }, id) =>
      client.request(line('moveMission'), { input: { id: templateId, prevId: randomUUID(), nextId: id } }),
    of: missions,
  },
  'Mutation.deleteMission(input.id)': { send: ({ client }, id) => client.request(line('deleteMission'), { input: { id } }), of: missions },
  ...Object.fromEntries(
    Object.entries(operations).map(([name, make]): [string, Case] => [
      `Mutation.${name}(input.operationId)`,
      {
        send: (own, operationId) => {
          const [document, input] = make(own)
          return own.client.request(document, { input: { ...input, operationId } })
        },
        of: ({ operationId }) => [operationId],
      },
    ]),
  ),
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
  const deleted = await addScenario(client, { name: 'deleted' })
  await client.run(remove, { input: { id: deleted.id } })
  const operationId = randomUUID()
  const { addTodayMission: added } = await client.run(addTodayMission, {
    input: { operationId, scenarioId: made[0]?.id, content: 'TODAY mission' },
  })
  const { pauseDays } = await client.run(mutation('pauseDays', days), { input: { from: date(9), to: date(9) } })
  return {
    client,
    pauseId: pauseDays.member.pauses[0].id,
    scenarioIds: made.map(({ id }) => id),
    templateId: made[0]?.basicMissions[0]?.id as string,
    todayMissionId: added.item.missionId,
    deletedId: deleted.id,
    operationId,
  }
}

const everythingOf = ({ client }: Things) =>
  client.run(
    '{ me { id nickname listVersion deletedScenarios { id } pauses { id from to } } scenarios { id name memo version basicMissions { id content version } checklist { items { id content isChecked } } } }',
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

// Mutation check: red with `member_id = …` taken out of snapshotRows, writeChecks or findTodayMission, one at a time.
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
  for (const id of [own.client.memberId, ...own.scenarioIds, own.templateId, own.todayMissionId]) expect(theirs).not.toContain(id)
})
