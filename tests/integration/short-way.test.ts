import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.js'
import { createLog } from '../../src/log.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, makeMember } from '../support/client.js'

/** Two servers on one database: one knows a short way, the other takes every request through Apollo Server and graphql-js. */
let short: TestApp
let long: { url: string; stop(): Promise<void> }
let client: Client
let scenarioId: string

beforeAll(async () => {
  short = await startTestApp({ config: { EXECUTOR: 'jit' } })
  const app = await createApp({ ...short.config, EXECUTOR: 'js' }, { log: createLog('silent') })
  long = { url: await app.listen(), stop: () => app.stop() }
  client = await makeMember(short)
  scenarioId = (await addScenario(client)).id
})
afterAll(async () => {
  await long.stop()
  await short.stop()
})

const list = 'query List($id: ID!) { scenario(id: $id) { name } }'
const two = 'query A { me { id } } query B { me { nickname } }'
const move = 'mutation ($input: MoveScenarioInput!) { moveScenario(input: $input) { scenario { name } } }'

type Case = { body: unknown; headers?: Record<string, string>; signedOut?: true }

const cases = (id: string): Record<string, Case> => ({
  'a query': { body: { query: list, variables: { id } } },
  'a query by its name': { body: { query: list, variables: { id }, operationName: 'List' } },
  'a query by another name': { body: { query: list, variables: { id }, operationName: 'Nobody' } },
  'one of two': { body: { query: two, operationName: 'B' } },
  'neither of two': { body: { query: two } },
  'null for a name': { body: { query: list, variables: { id }, operationName: null } },
  'null for variables': { body: { query: '{ me { id } }', variables: null } },
  extensions: { body: { query: '{ me { id } }', extensions: {} } },
  'a number for a name': { body: { query: list, variables: { id }, operationName: 1 } },
  'a list of variables': { body: { query: list, variables: [id] } },
  'text for variables': { body: { query: list, variables: '{}' } },
  'a variable that is missing': { body: { query: list } },
  'a variable of another type': { body: { query: list, variables: { id: {} } } },
  'a variable too many': { body: { query: list, variables: { id, more: 1 } } },
  nobody: { body: { query: list, variables: { id } }, signedOut: true },
  'an id that is none': { body: { query: list, variables: { id: 'x' } } },
  'a refusal of a mutation': { body: { query: move, variables: { input: { id: crypto.randomUUID() } } } },
  'a bad input': { body: { query: move, variables: { input: { id: '1' } } } },
  introspection: { body: { query: '{ __schema { queryType { name } } __typename }' } },
  'a skipped field': { body: { query: 'query ($no: Boolean!) { me { id nickname @skip(if: $no) } }', variables: { no: true } } },
  'an answer of GraphQL over HTTP': { body: { query: list, variables: { id } }, headers: { accept: 'application/graphql-response+json' } },
  'either answer': {
    body: { query: list, variables: { id } },
    headers: { accept: 'application/graphql-response+json,application/json;q=0.9' },
  },
  'no answer that there is': { body: { query: list, variables: { id } }, headers: { accept: 'text/html' } },
  'plain text': { body: { query: list, variables: { id } }, headers: { 'content-type': 'text/plain' } },
})

/** Everything of an answer but what is another one each time. */
async function ask(url: string, { body, headers, signedOut }: Case) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(!signedOut && { authorization: `Bearer ${client.token}` }), ...headers },
    body: JSON.stringify(body),
  })
  const { date: _date, ...kept } = Object.fromEntries(response.headers)
  return { status: response.status, headers: kept, body: (await response.text()).replaceAll(/"requestId":"[^"]*"/g, '') }
}

/** Red with a header of short-way.ts left out, with its look at `data === undefined` taken out, with the codes of formatErrors left out. */
test.each(Object.keys(cases('')))('%s is answered alike by either way', async (name) => {
  const request = cases(scenarioId)[name] as Case
  const expected = await ask(long.url, request)
  for (let turn = 1; turn <= 3; turn++) expect(await ask(short.url, request), `turn ${turn}`).toEqual(expected)
})

test('the short way is taken from the second time on', async () => {
  const request = { body: { query: `${list} # once`, variables: { id: scenarioId } } }
  const taken = async () => Number(/answers_total{by="short-way"} (\d+)/.exec(await (await fetch(`${short.url}/metrics`)).text())?.[1])
  const before = await taken()
  await ask(short.url, request)
  expect(await taken()).toBe(before)
  await ask(short.url, request)
  expect(await taken()).toBe(before + 1)
})
