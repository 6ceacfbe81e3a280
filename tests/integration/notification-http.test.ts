import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { anotherInstance, appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, Client, makeMember } from '../support/client.js'
import { notificationAt, updateScenario } from '../support/feed.js'

let app: TestApp
let client: Client
let scenarioId: string
beforeAll(async () => {
  app = await startTestApp()
  client = await makeMember(app)
  scenarioId = (await addScenario(client, { notification: notificationAt() })).id
})
afterAll(() => app.stop())

const feedOnly = '{ notifications { etag notModified items { scenarioId name time } } }'

const signIn = 'mutation ($input: SignInForDevelopmentInput!) { signInForDevelopment(input: $input) { accessToken member { id } } }'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function fileOf(documents: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'doorstep-documents-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'documents.json')
  await writeFile(file, JSON.stringify(documents))
  return file
}

async function get(parameters: Record<string, string>, headers: Record<string, string> = {}, who = client) {
  const response = await fetch(`${who.url}/graphql?${new URLSearchParams(parameters)}`, {
    headers: { authorization: `Bearer ${who.token}`, 'apollo-require-preflight': '1', ...headers },
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

test('a GET of the feed bears its etag, and is answered with an empty 304 to whoever has it', async () => {
  const first = await get({ query: feedOnly })
  const { data } = JSON.parse(first.text)
  const etag = first.headers.get('etag') as string
  expect(etag).toBe(`"${data.notifications.etag}-${sha256(feedOnly).slice(0, 16)}"`)
  expect(first.status).toBe(200)
  expect(first.headers.get('cache-control')).toBe('private, no-cache')
  expect(first.headers.get('vary')).toBe('Origin, Authorization')
  for (const ifNoneMatch of [etag, `"other", ${etag}`, '*']) {
    const again = await get({ query: feedOnly }, { 'if-none-match': ifNoneMatch })
    expect(again).toMatchObject({ status: 304, text: '' })
    expect(again.headers.get('etag')).toBe(etag)
    expect(again.headers.get('vary')).toBe('Origin, Authorization')
    expect(again.headers.get('cache-control')).toBe('private, no-cache')
    expect(again.headers.get('content-length')).toBeNull()
  }
  await updateScenario(client, { id: scenarioId, name: 'Another name' })
  const changed = await get({ query: feedOnly }, { 'if-none-match': etag })
  expect(changed.status).toBe(200)
  expect(changed.headers.get('etag')).not.toBe(etag)
  expect(JSON.parse(changed.text).data.notifications).toMatchObject({ notModified: false, items: [{ name: 'Another name' }] })
})

// Mutation check: red where `*` is taken for one of the etags in quotes.
test('an asterisk in quotes is an ETag like any other', async () => {
  const etag = (await get({ query: feedOnly })).headers.get('etag')
  for (const ifNoneMatch of ['"*"', 'W/"*"', `"*-${sha256(feedOnly).slice(0, 16)}"`, '*, "other"']) {
    const answer = await get({ query: feedOnly }, { 'if-none-match': ifNoneMatch })
    expect(answer.status, ifNoneMatch).toBe(200)
    expect(answer.headers.get('etag')).toBe(etag)
  }
})

test('a persisted document over GET, named by its hash, is served likewise', async () => {
  const sha256Hash = sha256(feedOnly)
  const safe = await appForThisTest({ config: { PERSISTED_DOCUMENTS_FILE: await fileOf({ [sha256Hash]: feedOnly, signIn }) } })
  const who = await makeMember(safe)
  const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash } })
  const first = await get({ extensions }, {}, who)
  expect(JSON.parse(first.text).data.notifications.items).toEqual([])
  const again = await get({ extensions }, { 'if-none-match': first.headers.get('etag') as string }, who)
  expect(again).toMatchObject({ status: 304, text: '' })
})

// Mutation check: red without the digest in the ETag of conditional-get.ts.
test('a name whose document is another since a deployment is answered with the new one, and no 304', async () => {
  const before = await appForThisTest({ config: { PERSISTED_DOCUMENTS_FILE: await fileOf({ feed: feedOnly, signIn }) } })
  const who = await makeMember(before)
  const file = await fileOf({ feed: '{ notifications { places { name } } }', signIn })
  const after = await anotherInstance({ ...before, config: { ...before.config, PERSISTED_DOCUMENTS_FILE: file } })
  const ifNoneMatch = { 'if-none-match': (await get({ documentId: 'feed' }, {}, who)).headers.get('etag') as string }
  expect((await get({ documentId: 'feed' }, ifNoneMatch, who)).status).toBe(304)
  const answer = await get({ documentId: 'feed' }, ifNoneMatch, new Client(after.url, who.token))
  expect(JSON.parse(answer.text).data).toEqual({ notifications: { places: [] } })
})

test('an operation that asks for more than the feed, or for what passes with time, has no ETag', async () => {
  const etag = (await get({ query: feedOnly })).headers.get('etag') as string
  for (const query of [
    '{ notifications { etag items { name } } me { id } }',
    '{ a: notifications { etag items { name } } b: notifications { etag } }',
    '{ notifications { etag items { name nextOccurrences } } }',
    '{ notifications { etag items { ...when } } } fragment when on ScenarioNotification { name nextOccurrences(count: 2) }',
    '{ me { id } }',
  ]) {
    const answer = await get({ query }, { 'if-none-match': etag })
    expect(answer.status, query).toBe(200)
    expect(answer.headers.get('etag'), query).toBeNull()
    const { data } = JSON.parse(answer.text)
    if (data.notifications) expect(data.notifications.items, query).toHaveLength(1)
  }
})

test('ifNoneMatch as a variable goes on to mean what it means', async () => {
  const query = 'query ($known: String) { notifications(ifNoneMatch: $known) { notModified items { name } } }'
  const { etag } = (await client.run('{ notifications { etag } }')).notifications
  const parameters = { query, variables: JSON.stringify({ known: etag }) }
  const answer = await get(parameters)
  expect(JSON.parse(answer.text).data.notifications).toEqual({ notModified: true, items: null })
  expect((await get(parameters, { 'if-none-match': answer.headers.get('etag') as string })).status).toBe(304)
  // Another etag in the header than in the variable: the variable speaks for the body.
  expect((await get(parameters, { 'if-none-match': '"1-0-x"' })).text).toBe(answer.text)
})

test("one member's etag is worth nothing to another, and a rejection bears none", async () => {
  const etag = (await get({ query: feedOnly })).headers.get('etag') as string
  const other = await get({ query: feedOnly }, { 'if-none-match': etag }, await makeMember(app))
  expect(other.status).toBe(200)
  const nobody = await get({ query: feedOnly }, { 'if-none-match': etag, authorization: '' })
  expect(nobody.headers.get('etag')).toBeNull()
  expect(JSON.parse(nobody.text).errors[0].extensions.code).toBe('UNAUTHENTICATED')
})

test('a GET that another site could make a browser send is rejected, and a POST has no ETag', async () => {
  const forged = await get({ query: feedOnly }, { 'apollo-require-preflight': '', authorization: '' })
  expect(forged.status).toBe(400)
  expect(forged.text).toMatch(/CSRF/)
  const posted = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json', 'if-none-match': '*' },
    body: JSON.stringify({ query: feedOnly }),
  })
  expect(posted.status).toBe(200)
  expect(posted.headers.get('etag')).toBeNull()
})
