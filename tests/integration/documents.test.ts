import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildSchema, getIntrospectionQuery } from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.js'
import { analyzeWithinLimits } from '../../src/graphql/limits/document-limits.js'
import { appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, makeMember } from '../support/client.js'
import { query } from '../support/query.js'

type Answer = { status: number; code: string | undefined; message: string; data: unknown; headers: Headers }

async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: { message: string; extensions: { code: string } }[] }
  const [error] = errors ?? []
  return { status: response.status, code: error?.extensions.code, message: error?.message ?? '', data, headers: response.headers }
}

const post = ({ url }: { url: string }, body: unknown, headers: Record<string, string> = {}) =>
  send(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
const request = (app: { url: string }, query: string, variables = {}) => post(app, { query, variables })
const times = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join(' ')

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

describe('a document', () => {
  // Each was seen to be answered with 200 or another message with its limit taken out of document-limits.ts.
  test.each([
    ['more levels than 10', `{ ${'me { '.repeat(11)} id ${'}'.repeat(12)}`, 'levels'],
    ['more aliases than 60', `{ ${times(61, (index) => `a${index}: __typename`)} }`, 'aliases'],
    [
      'aliases in a fragment that is used often',
      `{ ${times(31, () => '...F')} } fragment F on Query { a: __typename b: __typename }`,
      'aliases',
    ],
    ['more directives than 30', `{ __typename ${times(31, () => '@include(if: true)')} }`, 'directives'],
    ['directives on spreads', `{ ${times(31, () => '... @skip(if: true) { __typename }')} }`, 'directives'],
    [
      'more fragments than 60',
      `{ me { ${times(61, (index) => `...F${index}`)} } } ${times(61, (index) => `fragment F${index} on Member { x${index} }`)}`,
      'fragments',
    ],
    ['more fragments than 60 that there are not', `{ me { ${times(61, (index) => `...F${index}`)} } }`, 'fragments'],
    [
      'more fragments than 60 in one that is not used',
      `{ __typename } fragment F on Member { ${times(60, (index) => `...F${index}`)} }`,
      'fragments',
    ],
    ['more repetitions than 100', `{ me { ${times(102, () => 'id')} } }`, 'repeats'],
    [
      'repetitions in nested fields',
      `{ me { id ${times(30, () => '... { id } ...F ...G id')} } } fragment F on Member { id } fragment G on Member { ...F }`,
      'repeats',
    ],
    [
      'costs beyond 30,000',
      `{ scenarios { ${times(58, (index) => `c${index}: checklist { items { id missionId type content isChecked } }`)} } }`,
      'costs',
    ],
    [
      'fragments that double thirty times',
      `{ ...F0 } ${times(30, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)} fragment F30 on Query { me { id } }`,
      'repeats',
    ],
  ])('with %s is rejected before it is validated', async (_what, document, word) => {
    const answer = await request(app, document)
    expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
    expect(answer.message).toContain(word)
    // Validation would find this one, and say so too.
    expect((await request(app, `${document} query Unused { nonsense }`)).message).toContain(word)
  })

  // Each was seen without the gate's look at brackets: the first with 500, since the parser ran out of stack, the others
  // with another message or with 200.
  test.each([
    ['that never close', `{ scenario(id: ${'['.repeat(1_990)}`],
    ['before what is no token', `{ scenario(id: ${'['.repeat(101)} \u0000`],
    ['of objects', `{ scenario(id: ${'{a:'.repeat(400)}1${'}'.repeat(400)}) { id } }`],
    ['of types', `query ($a: ${'['.repeat(400)}Int${']'.repeat(400)}) { __typename }`],
    ['of fragments', `{ ${'... { '.repeat(400)} __typename ${'}'.repeat(401)}`],
  ])('with more than 100 brackets in each other is rejected before it is parsed: %s', async (_what, document) => {
    const answer = await request(app, document)
    expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
    expect(answer.message).toContain('nested too deeply')
  })

  test('with many brackets beside each other, or in a text, is let through', async () => {
    const document = `{ ${times(60, (index) => `a${index}: __type(name: "${'['.repeat(150)}") { name }`)} }`
    expect(await request(app, document)).toMatchObject({ status: 200 })
  })

  // Mutation check: red without both of the gate's looks at how many they are: 500, since measuring them ran out of stack.
  test('of 4,000 fragments, each in the last, is rejected however many tokens are allowed', async () => {
    const wide = await appForThisTest({ config: { GRAPHQL_MAX_TOKENS: 100_000 } })
    const chain = times(4_000, (index) => `fragment F${index} on Query { ...F${index + 1} }`)
    const answer = await request(wide, `{ ...F0 } ${chain} fragment F4000 on Query { __typename }`)
    expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
    expect(answer.message).toContain('fragments')
  })

  // Apollo's own, which answers 4xx. Without maxTokens in apollo.ts and document-limits.ts: "nothing" is not a field.
  test('of more than 2,000 tokens is rejected by the parser', async () => {
    const answer = await request(app, `{ ${times(2_100, () => 'nothing')} }`)
    expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_PARSE_FAILED' })
    expect(answer.message).toContain('2000 tokens')
  })

  // Mutation check: red without the gate's look at the kinds of operations: validation would let it pass.
  test('that subscribes is rejected where the schema has no subscriptions', () => {
    const limits = { tokens: 100, depth: 10, aliases: 10, directives: 10, fragments: 10, cost: 100 }
    const found = analyzeWithinLimits('subscription { anything }', buildSchema('type Query { anything: Int }'), limits)
    expect(found).toEqual({ rejection: 'There are no subscriptions here.' })
  })

  // Mutation check: red without the gate's look at them, each with 500: validation throws, or graphql-js finds nothing to subscribe to.
  test.each([
    ['memberChanged { token }', 200],
    ['memberChanged { token upToDate @skip(if: true) }', 200],
    ['memberChanged @skip(if: $a) { token }', 400],
    ['memberChanged @skip(if: true) { token }', 400],
    ['... @include(if: $a) { memberChanged { token } }', 400],
    ['...Changed @include(if: false)', 400],
    ['...Conditional', 400],
  ])('that subscribes to { %s } is answered with %i', async (selection, status) => {
    const { token } = await makeMember(app)
    const parameters = selection.includes('$a') ? '($a: Boolean!)' : ''
    const fragments = {
      Changed: 'fragment Changed on Subscription { memberChanged { token } }',
      Conditional: 'fragment Conditional on Subscription { memberChanged @include(if: false) { token } }',
    }
    const used = Object.entries(fragments).filter(([name]) => selection.includes(`...${name}`))
    const document = `subscription ${parameters} { ${selection} } ${used.map(([, fragment]) => fragment).join(' ')}`
    const ended = new AbortController()
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: document, variables: { a: true } }),
      signal: ended.signal,
    })
    ended.abort()
    expect(response.status).toBe(status)
  })

  test('that spreads itself is rejected, and ends', async () => {
    const answer = await request(app, '{ me { ...A } } fragment A on Member { id ...B } fragment B on Member { ...A }')
    expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
  })

  test('as an app sends it is let through: the whole list, every day of history, the question of a tool', async () => {
    const client = await makeMember(app)
    const { id } = await addScenario(client)
    const checklist = 'checklist { date items { id missionId type content isChecked } }'
    const list = 'id name memo version notification { active method daysOfWeek time } basicMissions { id content }'
    expect((await client.request(`{ scenarios { ${list} ${checklist} } }`)).errors).toBeUndefined()
    const days = times(46, (index) => `d${index}: ${checklist}`)
    expect((await client.request(`{ scenario(id: "${id}") { id name memo version ${days} } }`)).errors).toBeUndefined()
    expect((await client.request(getIntrospectionQuery())).errors).toBeUndefined()
    const lines = times(100, (index) => `{ content: "Line ${index}" }`)
    const document = `mutation { createScenario(input: { name: "x", basicMissions: [${lines}] }) { listVersion } }`
    expect((await client.request(document)).errors).toBeUndefined()
  })
})

describe('a request', () => {
  test('of several operations at once is rejected', async () => {
    const answer = await post(app, [{ query: '{ __typename }' }, { query: '{ __typename }' }])
    expect(answer.status).toBe(400)
  })

  test('by GET is answered where it is a query that no web page could send by itself', async () => {
    const get = (query: string, headers: Record<string, string> = { 'apollo-require-preflight': 'true' }) =>
      send(`${app.url}/graphql?query=${encodeURIComponent(query)}`, { headers })
    expect(await get('{ __typename }')).toMatchObject({ status: 200, data: { __typename: 'Query' } })
    expect(await get('{ __typename }', { authorization: 'Bearer x' })).toMatchObject({ status: 200, data: { __typename: 'Query' } })
    // What a page can send to another origin without asking first: nothing but these.
    for (const headers of [{}, { accept: 'application/json' }, { 'content-type': 'text/plain' }, { 'accept-language': 'ko' }]) {
      expect((await get('{ __typename }', headers as Record<string, string>)).status).toBe(400)
    }
    expect((await get('mutation { createSignInNonce { nonce } }')).status).toBe(405)
    expect((await get(`{ ${times(61, (index) => `a${index}: __typename`)} }`)).message).toContain('aliases')
  })

  // Mutation check: text/plain is red without removeContentTypeParser in server.ts.
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'as %s, which a form can send, is rejected',
    async (type) => {
      const init = { method: 'POST', headers: { 'content-type': type }, body: '{"query":"{ __typename }"}' }
      const { status } = await send(`${app.url}/graphql`, init)
      expect(status).toBe(415)
    },
  )

  test('by hash alone is rejected where there is no list of documents', async () => {
    const sha256Hash = createHash('sha256').update('{ __typename }').digest('hex')
    const extensions = { persistedQuery: { version: 1, sha256Hash } }
    expect((await post(app, { query: '{ __typename }', extensions })).code).toBe('PERSISTED_QUERY_NOT_SUPPORTED')
    expect((await post(app, { extensions })).code).toBe('PERSISTED_QUERY_NOT_SUPPORTED')
  })
})

// Mutation check: mediaTypeFor in http/graphql.ts with application/json alone. Apollo Client reads no errors of a status but 200 then.
test.each([
  ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
  ['application/json, application/graphql-response+json;q=0.5', 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
])('what is rejected has the type that the client prefers, as what is answered: %s', async (accept, type) => {
  const limited = await appForThisTest({ config: { RATE_LIMITS: true, RATE_LIMIT_OPERATIONS_PER_MINUTE: 1 } })
  const tooMuch = `{ ${times(61, (index) => `a${index}: __typename`)} }`
  const wrong = 'query ($id: ID!) { scenario(id: $id) { id } }'
  for (const [query, status] of [
    ['{ nothing }', 400],
    [tooMuch, 400],
    [wrong, 400],
  ] as const) {
    const { headers, ...answer } = await post(app, { query, variables: { id: {} } }, { accept })
    expect([answer.status, headers.get('content-type')], query).toEqual([status, type])
  }
  await expect
    .poll(async () => {
      const { status, headers, code } = await post(limited, { query: '{ __typename }' }, { accept })
      return [status, code, headers.get('content-type')]
    })
    .toEqual([429, 'RATE_LIMITED', type])
})

describe('in production', () => {
  const production = (config = {}) => appForThisTest({ config: { NODE_ENV: 'production', ...config } })
  const guesses = [
    '{ mee { id } }',
    '{ me }',
    '{ node(id: "x") { name } }',
    '{ scenario(ix: "x") { id } }',
    '{ scenarios { ... on Scenaro { id } } }',
    'mutation { sigIn { accessToken } }',
    'mutation { updateMember(input: { nicknam: "x" }) { member { id } } }',
    'mutation { createScenario(input: { name: "x", basicMissions: [{ content: "x", daysOfWeek: [MONDY] }] }) { listVersion } }',
  ]
  const badVariable = 'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken } }'

  // Mutation check: red with `introspection` fixed to true.
  test('the schema is not told, neither whole nor by guesses', async () => {
    const closed = await production()
    expect(await request(closed, '{ __schema { types { name } } }')).toMatchObject({ status: 400 })
    for (const guess of guesses) expect((await request(closed, guess)).message, guess).not.toMatch(/did you mean/i)
    const answer = await request(closed, badVariable, { input: { refreshTokn: 'x' } })
    expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' })
    expect(answer.message).not.toMatch(/did you mean/i)
  })

  test('it can be told where that is configured', async () => {
    const open = await production({ GRAPHQL_INTROSPECTION: true })
    expect((await request(open, '{ __schema { types { name } } }')).status).toBe(200)
    for (const guess of guesses) expect((await request(open, guess)).message, guess).toMatch(/did you mean/i)
  })

  test('signing in for development is not there', async () => {
    const answer = await request(await production(), 'mutation { signInForDevelopment(input: { handle: "x" }) { accessToken } }')
    expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
  })
})

describe('an operation', () => {
  // Mutation check: red without the look at the deadline in guard.ts: the third and the fourth UPDATE start.
  test('is answered at its deadline, and its SQL ends with it', async () => {
    const waiting = await appForThisTest({
      config: { OPERATION_TIMEOUT_MS: 1_200, DATABASE_STATEMENT_TIMEOUT_MS: 1_000, DATABASE_LOCK_TIMEOUT_MS: 5_000 },
    })
    const client = await makeMember(waiting)
    const blocker = new pg.Client({ connectionString: waiting.config.DATABASE_URL, application_name: 'blocker' })
    await blocker.connect()
    try {
      await blocker.query('BEGIN')
      await blocker.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [client.memberId])
      const started = performance.now()
      const rename = (name: string) => `${name}: updateMember(input: { nickname: "${name}" }) { member { id } }`
      const { errors } = await client.request(`mutation { ${times(4, (index) => rename(`late${index}`))} }`)
      expect(performance.now() - started).toBeLessThan(3_000)
      expect(errors?.map(({ extensions }) => extensions.code)).toContain('SERVICE_UNAVAILABLE')

      // A change asks for a locked row a few times before it waits, and nothing is active in between: half a second is longer.
      // Not by the blocker: all of a transaction sees the activity that it saw first.
      const active = `SELECT query FROM pg_stat_activity
        WHERE application_name = 'doorstep' AND state <> 'idle' AND datname = current_database()`
      const isQuiet = async () => {
        for (let look = 0; look < 10; look++) {
          if ((await query(waiting.config.DATABASE_URL, active)).length > 0) return false
          await sleep(50)
        }
        return true
      }
      await expect.poll(isQuiet, { timeout: 2_500 }).toBe(true)
    } finally {
      await blocker.query('ROLLBACK')
      await blocker.end()
    }
    expect((await client.run('{ me { nickname } }')).me.nickname).not.toMatch(/late[23]/)
  })

  // Mutation check: red with the race in executor.ts taken out: answered after 4 × 1 s.
  test('is answered at its deadline, also while its statements wait in a line', async () => {
    const config = { OPERATION_TIMEOUT_MS: 1_200, DATABASE_STATEMENT_TIMEOUT_MS: 1_000, DATABASE_POOL_SIZE: 1 }
    const waiting = await appForThisTest({ config })
    const client = await makeMember(waiting)
    const blocker = new pg.Client({ connectionString: waiting.config.DATABASE_URL })
    await blocker.connect()
    try {
      await blocker.query('BEGIN; LOCK TABLE scenario')
      const started = performance.now()
      // Each may be null: none of them ends the others.
      const answer = await client.request(`{ ${times(4, (index) => `a${index}: scenario(id: "${crypto.randomUUID()}") { id }`)} }`)
      expect(performance.now() - started).toBeLessThan(2_500)
      expect(answer).toMatchObject({ data: null, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] })
    } finally {
      await blocker.query('ROLLBACK')
      await blocker.end()
    }
  })

  test('cannot be outlived by a statement', () => {
    expect(() => readConfig({ OPERATION_TIMEOUT_MS: '5000' })).toThrow('DATABASE_STATEMENT_TIMEOUT_MS')
    expect(readConfig({}).OPERATION_TIMEOUT_MS).toBe(15_000)
  })
})
