import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../../src/log.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { type Client, makeMember } from '../support/client.js'

const refresh = 'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken } }'
const check = 'mutation ($input: CheckMissionInput!) { checkMission(input: $input) { item { id } } }'
const create = 'mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { listVersion } }'
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, index]))

/** How long the event loop was held up at most, while something was done. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let done = false
  const watch = async () => {
    while (!done) {
      const before = performance.now()
      await sleep(1)
      longest = Math.max(longest, performance.now() - before)
    }
  }
  const watching = watch()
  await work()
  done = true
  await watching
  return longest
}

describe.each(['jit', 'js'] as const)('with the %s executor, variables', (EXECUTOR) => {
  const logged: string[] = []
  let app: TestApp
  let client: Client
  beforeAll(async () => {
    app = await startTestApp({ config: { EXECUTOR }, log: createLog('error', { write: (line: string) => void logged.push(line) }) })
    client = await makeMember(app)
  })
  afterAll(() => app.stop())

  const post = (query: string, variables: unknown, signedIn = true) => postText(JSON.stringify({ query, variables }), signedIn)

  async function postText(body: string, signedIn = true) {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(signedIn && { authorization: `Bearer ${client.token}` }) },
      body,
    })
    const text = await response.text()
    return { status: response.status, length: text.length, error: JSON.parse(text).errors?.[0] }
  }

  // Mutation check: red without the walk in variables.ts: an unknown key has no path. The first took 5.5 s and gave 48 MB once.
  test.each([
    ['refreshSession with 8,000 unknown keys', refresh, { input: { refreshToken: 'x', ...keys(8_000) } }],
    ['checkMission with 2,000 unknown keys', check, { input: { missionId: 'x', isChecked: true, ...keys(2_000) } }],
    ['a list of 2,000 lines', create, { input: { name: 'x', basicMissions: Array(2_000).fill({ content: 'x', nothing: 1 }) } }],
    ['5,000 wrong days', create, { input: { name: 'x', notification: { active: true, daysOfWeek: Array(5_000).fill('NODAY') } } }],
    ['lines with a wrong type', create, { input: { name: 'x', basicMissions: Array(150).fill({ content: { ...keys(20) } }) } }],
    [
      'one name of 100,000 characters in an enum',
      create,
      { input: { name: 'x', notification: { active: true, method: 'x'.repeat(100_000) } } },
    ],
    ['a key of 100,000 characters', create, { input: { name: 'x', ['k'.repeat(100_000)]: 1 } }],
  ])('%s are rejected at once, in few words, each with its path', async (_what, query, variables) => {
    for (let turn = 1; turn <= 3; turn++) {
      let answer: Awaited<ReturnType<typeof post>> | undefined
      const blocked = await longestBlock(async () => {
        answer = await post(query, variables, query !== refresh)
      })
      expect(answer?.status).toBe(400)
      expect(answer?.error.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
      const fields = answer?.error.extensions.fields as { path: string; message: string }[]
      expect(fields.length).toBeGreaterThan(0)
      for (const { path, message } of fields) {
        expect(path).toMatch(/^input\./)
        expect(message.length).toBeLessThanOrEqual(200)
      }
      expect(answer?.length).toBeLessThan(5_000)
      // Seconds without the walk; a busy machine alone may hold a timer up for some hundred milliseconds.
      expect(blocked).toBeLessThan(1_000)
    }
    expect(logged).toEqual([])
  })

  test('nested more deeply than their type are rejected', async () => {
    const fields = ['basicMissions', 'name', 'notification', 'memo']
    for (const [depth, field] of [3, 5_000, 50_000].flatMap((depth) => fields.map((field) => [depth, field] as const))) {
      // As text, since JSON.stringify runs out of stack.
      const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
      const answer = await postText(
        `{"query":${JSON.stringify(create)},"variables":{"input":{"name":"x",${JSON.stringify(field)}:${nested}}}}`,
      )
      expect(answer).toMatchObject({ status: 400, error: { extensions: { code: 'BAD_USER_INPUT' } } })
      expect(answer.length).toBeLessThan(5_000)
    }
    expect(logged).toEqual([])
  })

  test('that no variable is declared for are ignored, as GraphQL says', async () => {
    expect(await post('{ me { id } }', keys(5_000))).toMatchObject({ status: 200, error: undefined })
  })

  test('by GET are bounded too, and what is no JSON object is rejected', async () => {
    const get = async (variables: string) => {
      const query = 'query ($id: ID!) { scenario(id: $id) { id } }'
      const search = new URLSearchParams({ query, variables })
      const headers = { authorization: `Bearer ${client.token}`, 'apollo-require-preflight': '1' }
      const response = await fetch(`${app.url}/graphql?${search}`, { headers })
      return { status: response.status, code: ((await response.json()) as { errors: { extensions: object }[] }).errors[0]?.extensions }
    }
    expect(await get('{"id":{"a":1}}')).toMatchObject({ status: 400, code: { code: 'BAD_USER_INPUT', fields: [{ path: 'id' }] } })
    for (const wrong of ['{', '[]', '1', '"x"']) expect((await get(wrong)).status, wrong).toBe(400)
  })

  test('of the largest input that the limits permit fit, written with the longest escapes', async () => {
    const escaped = (count: number) => '\\ud83d\\ude00'.repeat(count)
    const id = crypto.randomUUID()
    const line = `{"content":"${escaped(100)}"}`
    const input = `{"id":"${id}","name":"${escaped(50)}","memo":"${escaped(200)}","basicMissions":[${Array(100).fill(line).join(', ')}]}`
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}` },
      body: `{"query":${JSON.stringify(create)},"variables":{"input":${input}}}`,
    })
    expect(await response.json()).toMatchObject({ data: { createScenario: { listVersion: expect.any(Number) } } })
  })

  test('and several mutations: one that is rejected keeps none of the others from running, whichever runs them', async () => {
    const fails = 'fails: moveScenario(input: { id: "00000000-0000-4000-8000-000000000000" }) { listVersion }'
    for (let turn = 1; turn <= 3; turn++) {
      const document = `mutation { ${fails} renames: updateMember(input: { nickname: "after ${turn}" }) { member { id } } }`
      expect((await post(document, {})).error).toMatchObject({ path: ['fails'], extensions: { code: 'NOT_FOUND' } })
      expect((await client.run('{ me { nickname } }')).me.nickname).toBe(`after ${turn}`)
    }
  })
})

/** Where graphql-jit alone has its own idea. Each is asked three times, so that it is compiled where it may be. */
describe('both executors', () => {
  let jit: TestApp
  let js: TestApp
  beforeAll(async () => {
    jit = await startTestApp({ config: { EXECUTOR: 'jit' } })
    js = await startTestApp({ config: { EXECUTOR: 'js' } })
  })
  afterAll(() => Promise.all([jit.stop(), js.stop()]))

  test.each([
    [
      'null for a variable with a default, in an input field that may be null',
      'mutation ($v: String = "x") { createScenario(input: { name: "n", memo: $v }) { scenario { memo } } }',
      { v: null },
    ],
    ['nothing for it', 'mutation ($v: String = "x") { createScenario(input: { name: "n", memo: $v }) { scenario { memo } } }', {}],
    [
      'null for a list with a default',
      'mutation ($v: [BasicMissionInput!] = [{ content: "x" }]) { createScenario(input: { name: "n", basicMissions: $v }) { scenario { basicMissions { content } } } }',
      { v: null },
    ],
    [
      'null for an argument with a default of its own',
      'query ($v: String = "x") { notifications(ifNoneMatch: $v) { notModified items { name } } }',
      { v: null },
    ],
    ['null for the count', 'query ($v: Int = 2) { notifications { items { nextOccurrences(count: $v) } } }', { v: null }],
    [
      'nothing for a variable that may not be null, with a default',
      'mutation ($v: String! = "x") { createScenario(input: { name: $v }) { scenario { name } } }',
      {},
    ],
    ['null for the condition of @include', 'query ($b: Boolean = true) { me { nickname @include(if: $b) timeZone } }', { b: null }],
    ['null for the condition of @skip', 'query ($b: Boolean = false) { me { nickname @skip(if: $b) timeZone } }', { b: null }],
    ['an alias __proto__', '{ me { __proto__: timeZone today } }', {}],
    ['a root alias __proto__', '{ __proto__: me { timeZone } }', {}],
    ['aliases of inherited names', '{ me { constructor: timeZone toString: today hasOwnProperty: dayStartsAt } }', {}],
    ['variables of inherited names', 'query ($toString: String) { notifications(ifNoneMatch: $toString) { items { name } } }', {}],
    [
      'a mutation of a source that is an enum with other values inside',
      '{ me { dayReceipts(from: "2026-01-01", to: "2026-01-02") { source } } }',
      {},
    ],
  ])('answer alike: %s', async (_what, query, variables) => {
    const [one, other] = [await makeMember(jit), await makeMember(js)]
    const text = async (client: Client) => JSON.stringify(await client.request(query, variables))
    const expected = await text(other)
    for (let turn = 1; turn <= 3; turn++) expect(await text(one), `turn ${turn}`).toBe(expected)
  })
})
