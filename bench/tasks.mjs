// What is measured: the requests of each task, and who does it.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { ask } from './ask.mjs'
import { itemsOf, listRequest, tickRequest } from './contenders/postgraphile/requests.mjs'
import { load, writeRequests } from './load.mjs'
import { pgbench, scripts } from './pgbench.mjs'
import { memberId, missionId, missionsEach, scenarioId, scenariosEach } from './seed.mjs'

export const connections = 32

const queries = {
  List: `query List { scenarios { id name memo version notification { active method daysOfWeek time }
    basicMissions { id content version } checklist { date checkedCount totalCount items { id missionId type content isChecked } } } }`,
  Tick: `mutation Tick($input: CheckMissionInput!) { checkMission(input: $input) { item { id isChecked } checklist { checkedCount totalCount } } }`,
  Move: `mutation Move($input: MoveScenarioInput!) { moveScenario(input: $input) { listVersion scenarios { id } } }`,
  Poll: `query Poll($etag: String) { notifications(ifNoneMatch: $etag) { etag notModified items { scenarioId name memo method daysOfWeek time } } }`,
}
const bodyOf = (operationName, variables) => ({ operationName, query: queries[operationName], variables })

const random = (below) => Math.floor(Math.random() * below)
const many = (count, make) => Array.from({ length: count }, (_, n) => make(n))

/** What members send, each with their own access token. */
export function requestsOf({ tokens }) {
  const moveOf = (member) => {
    const from = random(scenariosEach)
    const input = { id: scenarioId(member, from), prevId: scenarioId(member, (from + 1 + random(scenariosEach - 1)) % scenariosEach) }
    return { token: tokens[member], body: bodyOf('Move', { input }) }
  }
  const pollOf = (revision) => tokens.map((token, n) => ({ token, body: bodyOf('Poll', { etag: `1-${revision}-${memberId(n)}` }) }))
  return {
    lists: tokens.map((token) => ({ token, body: bodyOf('List') })),
    ticks: many(20_000, () => {
      const member = random(tokens.length)
      const input = { missionId: missionId(member, random(scenariosEach), random(missionsEach)), isChecked: random(2) === 1 }
      return { token: tokens[member], body: bodyOf('Tick', { input }) }
    }),
    moves: many(20_000, () => moveOf(random(tokens.length))),
    hotMoves: many(5_000, () => moveOf(0)),
    polls: pollOf(0),
    oldPolls: pollOf(9),
  }
}

/** The first list that each contender is asked for. */
export function firstLists({ tokens, today }) {
  const list = { token: tokens[0], body: bodyOf('List') }
  return {
    Doorstep: list,
    'by hand': list,
    'the common way': list,
    'PostGraphile 5': { token: tokens[0], body: listRequest({ date: today }) },
  }
}

/** The tasks that are wanted, each with its contenders: `measure` loads one of them, and gives what it did. */
export async function tasksOf(stage, contenders, wanted) {
  const { tokens, today, members } = stage
  const { Doorstep, 'by hand': byHand, 'the common way': common, 'PostGraphile 5': postgraphile } = contenders

  const http = async (name, server, requests) => {
    const file = await writeRequests(join(stage.dir, `${randomUUID()}.requests`), requests)
    return { name, pid: server.pid, measure: (options) => load({ url: server.url, file, connections, ...options }) }
  }
  const inDatabase = (script, howMany) => {
    const options = { databaseUrl: stage.databaseUrl, connections, file: join(stage.dir, `${randomUUID()}.sql`) }
    return { name: 'pgbench', measure: async ({ seconds }) => pgbench({ ...options, seconds, script: await script(howMany) }) }
  }

  const { lists, ticks, moves, hotMoves, polls, oldPolls } = requestsOf(stage)
  const listsByPostgraphile = tokens.map((token) => ({ token, body: listRequest({ date: today }) }))
  const ticksByPostgraphile = ticks.map(({ token, body }) => ({ token, body: tickRequest({ ...body.variables.input, date: today }) }))

  await assertEqualAnswers(
    { Doorstep, byHand, common, postgraphile },
    { list: lists[3], tick: ticks[0], listByPostgraphile: listsByPostgraphile[3] },
  )
  const tasks = {
    list: async () => [
      await http('Doorstep', Doorstep, lists),
      await http('by hand', byHand, lists),
      ...(postgraphile ? [await http('PostGraphile 5', postgraphile, listsByPostgraphile)] : []),
      await http('the common way', common, lists),
    ],
    tick: async () => [
      await http('Doorstep', Doorstep, ticks),
      await http('by hand', byHand, ticks),
      ...(postgraphile ? [await http('PostGraphile 5', postgraphile, ticksByPostgraphile)] : []),
      await http('the common way', common, ticks),
      inDatabase(scripts.tick, members),
    ],
    'move, distinct members': async () => [await http('Doorstep', Doorstep, moves), inDatabase(scripts.move, members)],
    'move, one hot member': async () => [await http('Doorstep', Doorstep, hotMoves), inDatabase(scripts.move, 1)],
    'poll, not modified': async () => [await http('Doorstep', Doorstep, polls), await http('by hand', byHand, polls)],
    'poll, modified': async () => [await http('Doorstep', Doorstep, oldPolls), await http('by hand', byHand, oldPolls)],
  }
  const names = Object.keys(tasks).filter((name) => !wanted || wanted.some((one) => name.startsWith(one)))
  return Promise.all(names.map(async (name) => ({ name, contenders: await tasks[name]() })))
}

/** Who does not give the same answer is no contender. */
async function assertEqualAnswers({ Doorstep, byHand, common, postgraphile }, { list, tick, listByPostgraphile }) {
  const expected = await ask(Doorstep.url, list)
  assert.equal(expected.scenarios.length, scenariosEach)
  assert.deepEqual(await ask(byHand.url, list), expected)
  // The common way knows no derived ids of items.
  const withoutItemIds = (data) =>
    JSON.stringify(data, (key, value) => (key === 'items' ? value.map(({ id: _id, ...item }) => item) : value))
  assert.equal(withoutItemIds(await ask(common.url, list)), withoutItemIds(expected))
  if (postgraphile) {
    const items = expected.scenarios.map(({ name, checklist }) => ({
      name,
      checklist: checklist.items.map(({ content, isChecked }) => ({ content, isChecked })),
    }))
    assert.deepEqual(itemsOf(await ask(postgraphile.url, listByPostgraphile)), items)
  }
  assert.deepEqual(await ask(byHand.url, tick), await ask(Doorstep.url, tick))
}
