import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { PersistedDocuments } from '../../src/graphql/persisted-documents.js'
import { appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { type Client, makeMember } from '../support/client.js'
import { compile, startProcess } from '../support/processes.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const known = 'query Known { __typename }'
const hash = sha256(known)
const persistedQuery = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorstep-documents-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function listFile(content: unknown) {
  const file = join(folder, `${randomUUID()}.json`)
  await writeFile(file, JSON.stringify(content))
  return file
}

type Headers = Record<string, string>

async function send(url: string, init: RequestInit) {
  const response = await fetch(url, init)
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] }
  return { status: response.status, data, code: errors?.[0]?.extensions.code }
}
const post = ({ url }: { url: string }, body: object, headers: Headers = {}) =>
  send(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
const get = ({ url }: { url: string }, search: Record<string, string>) =>
  send(`${url}/graphql?${new URLSearchParams(search)}`, { headers: { 'apollo-require-preflight': 'true' } })
const answered = { status: 200, data: { __typename: 'Query' } }

describe('with a list of documents', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({
      config: { EXECUTOR: 'jit', PERSISTED_DOCUMENTS_FILE: await listFile({ [hash]: known, named: 'query Named { __typename }' }) },
    })
  })
  afterAll(() => app.stop())

  // Mutation check: red without the look-up in http/graphql.ts.
  test('no others are answered', async () => {
    expect(await post(app, { query: known })).toMatchObject(answered)
    const other = { query: '{ __typename }' }
    for (const body of [
      other,
      { ...other, ...persistedQuery(hash) },
      { ...other, documentId: hash },
      { extensions: {} },
      { query: '' },
      {},
    ]) {
      expect(await post(app, body), JSON.stringify(body)).toMatchObject({ status: 400, data: undefined })
    }
    for (const documentId of ['', 'unknown', sha256('{ __typename }'), `md5:${hash}`, '__proto__', 'constructor', 1, null, {}]) {
      expect(await post(app, { documentId }), JSON.stringify(documentId)).toMatchObject({ status: 400, data: undefined })
    }
  })

  test.each([
    ['documentId of GraphQL over HTTP', { documentId: hash }],
    ['documentId with its prefix', { documentId: `sha256:${hash}` }],
    ['documentId of a list that names it otherwise', { documentId: 'named' }],
    ['the SHA-256 of one that is named otherwise', { documentId: sha256('query Named { __typename }') }],
    ['extensions of Apollo Client', persistedQuery(hash)],
    ['id', { id: hash }],
    ['doc_id of Relay', { doc_id: 'named' }],
  ])('one is named by %s, by POST and by GET', async (_what, body) => {
    expect(await post(app, body)).toMatchObject(answered)
    const search = Object.entries(body).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])
    expect(await get(app, Object.fromEntries(search))).toMatchObject(answered)
  })

  // Mutation check: red with namesHash left as it is in withDocument.
  test('one that is named takes the fast path', async () => {
    const taken = async () =>
      Number(/responses_total\{path="fast"\} (\d+)/.exec(await (await fetch(`${app.url}/metrics`)).text())?.[1] ?? 0)
    await post(app, { documentId: hash })
    const before = await taken()
    await post(app, { documentId: hash, variables: {} })
    await post(app, persistedQuery(hash))
    expect(await taken()).toBe(before + 2)
  })
})

describe('a list', () => {
  /** Written by the tools themselves; the README there says which. */
  const file = (name: string) => fileURLToPath(new URL(`../support/persisted/${name}`, import.meta.url))
  const read = (name: string) => JSON.parse(readFileSync(file(name), 'utf8'))
  const lists: Record<string, () => Record<string, string>> = {
    'codegen-sha256.json': () => read('codegen-sha256.json'),
    'codegen-sha1.json': () => read('codegen-sha1.json'),
    'relay-queries.json': () => read('relay-queries.json'),
    'apollo-manifest.json': () =>
      Object.fromEntries(read('apollo-manifest.json').operations.map(({ id, body }: { id: string; body: string }) => [id, body])),
  }

  // Mutation check: red without the manifest in persisted-documents.ts; with any other key than a SHA-256 rejected.
  test.each(Object.keys(lists))('as the tools write it is taken, and its queries are answered: %s', async (name) => {
    const open = await startTestApp()
    onTestFinished(() => open.stop())
    const app = await appForThisTest({ config: { ...open.config, PERSISTED_DOCUMENTS_FILE: file(name) } })
    const client: Client = await makeMember(open)
    const headers = { authorization: `Bearer ${client.token}` }
    const documents = Object.entries(lists[name]?.() ?? {})
    expect(documents.length).toBe(2)
    for (const [id, text] of documents) {
      const isQuery = text.includes('query ')
      const expected = isQuery ? { status: 200, data: { scenarios: [] } } : { code: 'BAD_USER_INPUT' }
      for (const named of [{ documentId: id }, persistedQuery(id), { query: text }]) {
        expect(await post(app, named, headers), JSON.stringify(named)).toMatchObject(expected)
      }
    }
  })

  // Mutation check: red without the comparison of hashes in persisted-documents.ts.
  test.each([
    ['a wrong hash', { [hash]: '{ __typename }' }, hash],
    ['a wrong hash with its prefix', { [`sha256:${hash}`]: '{ __typename }' }, hash],
    [
      'a manifest with a wrong hash',
      { format: 'apollo-persisted-query-manifest', version: 1, operations: [{ id: hash, body: 'x' }] },
      hash,
    ],
    ['a manifest of another version', { format: 'apollo-persisted-query-manifest', version: 2, operations: [] }, 'Apollo manifest'],
    ['documents that are no texts', { [hash]: { text: known } }, 'PERSISTED_DOCUMENTS_FILE'],
    ['a list of something else', [known], 'PERSISTED_DOCUMENTS_FILE'],
  ])('with %s is rejected', (_what, content, message) => {
    expect(() => new PersistedDocuments(content)).toThrow(message)
  })

  test('that can not be used stops the start', async () => {
    const PERSISTED_DOCUMENTS_FILE = await listFile({ [hash]: '{ __typename }' })
    await expect(startTestApp({ config: { PERSISTED_DOCUMENTS_FILE } })).rejects.toThrow(hash)
  })

  // Mutation check: red with `process.exitCode = 1` in main.ts: the connections that are open by then keep the process.
  test('that can not be used ends the process', { timeout: 60_000 }, async () => {
    await compile()
    const errors: string[] = []
    const config = { ...(await appForThisTest()).config, PERSISTED_DOCUMENTS_FILE: '/nowhere.json' }
    await expect(startProcess(config, { errors })).rejects.toThrow('ended before it served')
    expect(errors.join('')).toContain('/nowhere.json')
  })
})
