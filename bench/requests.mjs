// What members send, each with their own access token.
import { ask } from './ask.mjs'
import { listRequest } from './contenders/postgraphile/requests.mjs'
import { memberId, missionId, missionsEach, scenarioId, scenariosEach } from './seed.mjs'

export const queries = {
  List: `query List { scenarios { id name memo version notification { active method daysOfWeek time }
    basicMissions { id content version } checklist { date checkedCount totalCount items { id missionId type content isChecked } } } }`,
  Check: `mutation Check($input: CheckMissionInput!) { checkMission(input: $input) { item { id isChecked } checklist { checkedCount totalCount } } }`,
  Move: `mutation Move($input: MoveScenarioInput!) { moveScenario(input: $input) { listVersion scenarios { id } } }`,
  Poll: `query Poll($etag: String) { notifications(ifNoneMatch: $etag) { etag notModified items { scenarioId name memo method daysOfWeek time } } }`,
}
const bodyOf = (operationName, variables) => ({ operationName, query: queries[operationName], variables })

const random = (below) => Math.floor(Math.random() * below)
const many = (count, make) => Array.from({ length: count }, (_, n) => make(n))

/** By the tasks that they are for. */
export function requestsOf({ tokens }) {
  const moveOf = (member) => {
    const from = random(scenariosEach)
    const input = { id: scenarioId(member, from), prevId: scenarioId(member, (from + 1 + random(scenariosEach - 1)) % scenariosEach) }
    return { token: tokens[member], body: bodyOf('Move', { input }) }
  }
  return {
    lists: tokens.map((token) => ({ token, body: bodyOf('List') })),
    checks: many(20_000, () => {
      const member = random(tokens.length)
      const input = { missionId: missionId(member, random(scenariosEach), random(missionsEach)), isChecked: random(2) === 1 }
      return { token: tokens[member], body: bodyOf('Check', { input }) }
    }),
    moves: many(20_000, () => moveOf(random(tokens.length))),
    hotMoves: many(5_000, () => moveOf(0)),
  }
}

/** Polls of all members, with the etag that each has from the server, and with one of another revision. */
export async function pollsOf({ tokens }, { url }) {
  const { notifications } = await ask(url, { token: tokens[0], body: bodyOf('Poll', { etag: null }) })
  const [format, revision] = notifications.etag.split('-')
  const pollsWith = (known) => tokens.map((token, n) => ({ token, body: bodyOf('Poll', { etag: `${format}-${known}-${memberId(n)}` }) }))
  return { polls: pollsWith(revision), oldPolls: pollsWith(Number(revision) + 9) }
}

/** The first list that each contender is asked for. */
export function firstLists({ tokens, today }, names) {
  const list = { token: tokens[0], body: bodyOf('List') }
  const ofPostgraphile = { token: tokens[0], body: listRequest({ date: today }) }
  return Object.fromEntries(names.map((name) => [name, name === 'PostGraphile 5' ? ofPostgraphile : list]))
}
