import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.js'
import { createLog } from '../../src/log.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, makeMember } from '../support/client.js'

/** Two servers on one database: one knows the fast path, the other takes every request through Apollo Server and graphql-js. */
let fast: TestApp
let slow: { url: string; stop(): Promise<void> }
let client: Client
let scenarioId: string

beforeAll(async () => {
  fast = await startTestApp({ config: { EXECUTOR: 'jit' } })
  const app = await createApp({ ...fast.config, EXECUTOR: 'js' }, { log: createLog('silent') })
  slow = { url: await app.listen(), stop: () => app.stop() }
  client = await makeMember(fast)
  scenarioId = (await addScenario(client)).id
})
afterAll(async () => {
  await slow.stop()
  await fast.stop()
})

const list = 'query List($id: ID!) { scenario(id: $id) { name } }'
const two = 'query A { me { id } } query B { me { nickname } }'
const node = `query ($id: ID!) { node(id: $id) { __typename id ...Named ... on Node { id } ... on Member { nickname scenarios { name } }
  ... on Checklist { date scenario { name checklist { totalCount } } } ... on Mission { content } ... on Notification { active } } }
  fragment Named on Scenario { name checklist { id ... on Node { __typename } } }`
const move = 'mutation ($input: MoveScenarioInput!) { moveScenario(input: $input) { scenario { name } } }'

const long = `{ me { ${Array.from({ length: 50 }, (_, index) => `id${index}: id`).join(' ')} } }`

type Case = { body: unknown; headers?: Record<string, string>; signedOut?: true }

const cases = (id: string): Record<string, Case> => ({
  'a query': { body: { query: list, variables: { id } } },
  'a query by its name': { body: { query: list, variables: { id }, operationName: 'List' } },
  'a query by another name': { body: { query: list, variables: { id }, operationName: 'Nobody' } },
  'a scenario by its id': { body: { query: node, variables: { id } } },
  'a member by its id': { body: { query: node, variables: { id: client?.memberId } } },
  'a notification by its id': { body: { query: node, variables: { id: `${id}:notification` } } },
  'a checklist by its id': { body: { query: node, variables: { id: `${id}:${new Date().toISOString().slice(0, 10)}` } } },
  'what is not there, by its id': { body: { query: node, variables: { id: 'x' } } },
  'the way from a member to checklists and back': {
    body: { query: '{ me { id dayEndsAt scenarios { id checklist { id scenario { id notification { id } checklist { id } } } } } }' },
  },
  'one of two': { body: { query: two, operationName: 'B' } },
  'neither of two': { body: { query: two } },
  'null for a name': { body: { query: list, variables: { id }, operationName: null } },
  'null for variables': { body: { query: '{ me { id } }', variables: null } },
  extensions: { body: { query: '{ me { id } }', extensions: {} } },
  'extensions of Apollo Client': {
    body: { query: '{ me { id } }', extensions: { clientLibrary: { name: '@apollo/client', version: '4.3.8' } } },
  },
  'extensions that are none': { body: { query: '{ me { id } }', extensions: 'x' } },
  'a hash': { body: { query: '{ me { id } }', extensions: { persistedQuery: { version: 1, sha256Hash: '0' } } } },
  'a number for a name': { body: { query: list, variables: { id }, operationName: 1 } },
  'a list of variables': { body: { query: list, variables: [id] } },
  'text for variables': { body: { query: list, variables: '{}' } },
  'a variable that is missing': { body: { query: list } },
  'a default in place of what may not be null': { body: { query: `query ($id: ID! = "${id}") { scenario(id: $id) { name } }` } },
  'a variable of another type': { body: { query: list, variables: { id: {} } } },
  'a variable too many': { body: { query: list, variables: { id, more: 1 } } },
  nobody: { body: { query: list, variables: { id } }, signedOut: true },
  'an id that is none': { body: { query: list, variables: { id: 'x' } } },
  'a rejection of a mutation': { body: { query: move, variables: { input: { id: crypto.randomUUID() } } } },
  'a bad input': { body: { query: move, variables: { input: { id: '1' } } } },
  introspection: { body: { query: '{ __schema { queryType { name } } __typename }' } },
  'a skipped field': { body: { query: 'query ($no: Boolean!) { me { id nickname @skip(if: $no) } }', variables: { no: true } } },
  'an answer of GraphQL over HTTP': { body: { query: list, variables: { id } }, headers: { accept: 'application/graphql-response+json' } },
  'either answer': {
    body: { query: list, variables: { id } },
    headers: { accept: 'application/graphql-response+json,application/json;q=0.9' },
  },
  'no answer that there is': { body: { query: list, variables: { id } }, headers: { accept: 'text/html' } },
  'a long answer, compressed': { body: { query: long }, headers: { 'accept-encoding': 'br' } },
  'a long answer, as it is': { body: { query: long }, headers: { 'accept-encoding': 'identity' } },
  'plain text': { body: { query: list, variables: { id } }, headers: { 'content-type': 'text/plain' } },
})

/** Everything of an answer but what is another one each time. */
async function sendCase(url: string, { body, headers, signedOut }: Case) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(!signedOut && { authorization: `Bearer ${client.token}` }), ...headers },
    body: JSON.stringify(body),
  })
  const { date: _date, ...kept } = Object.fromEntries(response.headers)
  return { status: response.status, headers: kept, body: (await response.text()).replaceAll(/"requestId":"[^"]*"/g, '') }
}

// Mutation check: red with the content type left out in http/graphql.ts, and without the look at `data === undefined` in executor.ts.
test.each(Object.keys(cases('')))('%s has the same response on either path', async (name) => {
  const request = cases(scenarioId)[name] as Case
  const expected = await sendCase(slow.url, request)
  for (let turn = 1; turn <= 3; turn++) expect(await sendCase(fast.url, request), `turn ${turn}`).toEqual(expected)
})

test('the fast path is taken once Apollo Server has negotiated with a client that accepts the same', async () => {
  const request = { body: { query: list, variables: { id: scenarioId } }, headers: { accept: 'application/json, text/x-once;q=0.1' } }
  const taken = async () => Number(/responses_total{path="fast"} (\d+)/.exec(await (await fetch(`${fast.url}/metrics`)).text())?.[1])
  const before = await taken()
  expect(before).toBeGreaterThan(0)
  await sendCase(fast.url, request)
  expect(await taken()).toBe(before)
  await sendCase(fast.url, request)
  expect(await taken()).toBe(before + 1)
  const byApolloClient = { ...request.body, extensions: { clientLibrary: { name: '@apollo/client', version: '4.3.8' } } }
  await sendCase(fast.url, { ...request, body: byApolloClient })
  expect(await taken()).toBe(before + 2)
})
