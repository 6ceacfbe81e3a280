import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { compressResponses } from '../../src/http/compression.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { type Client, makeMember } from '../support/client.js'

let app: TestApp
let client: Client
beforeAll(async () => {
  app = await startTestApp()
  client = await makeMember(app)
})
afterAll(() => app.stop())

const fields = (count: number) => `{ me { ${Array.from({ length: count }, (_, index) => `id${index}: id`).join(' ')} } }`
const [short, long] = [fields(5), fields(50)]

type Headers = Record<string, string>
type Sent = { method?: string; headers: Headers; body?: string | Buffer }

/** Bytes as they came: fetch decompresses. */
function send(url: string, { method = 'POST', headers, body }: Sent) {
  return new Promise<{ status: number; headers: Headers; body: Buffer }>((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers as Headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject).end(body)
  })
}

const post = (query: string, headers: Headers) =>
  send(`${app.url}/graphql`, {
    headers: { 'content-type': 'application/json', authorization: `Bearer ${client.token}`, ...headers },
    body: JSON.stringify({ query }),
  })

describe('a response over 1 kB', () => {
  test.each([
    ['br', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['gzip;q=1.0, br;q=0.5', 'gzip', gunzipSync],
  ])('is compressed for a client that accepts %s', async (accepted, encoding, decompress) => {
    const { headers, body } = await post(long, { 'accept-encoding': accepted })
    expect(headers).toMatchObject({ 'content-encoding': encoding, 'content-length': `${body.length}` })
    expect(headers.vary?.toLowerCase().split(', ')).toContain('accept-encoding')
    expect(body.length).toBeLessThan(1_024)
    expect(JSON.parse(decompress(body).toString()).data.me.id49).toBe(client.memberId)
  })

  test.each([{}, { 'accept-encoding': 'identity' }, { 'accept-encoding': 'zstd, compress' }])(
    'is as it is for one that sends %j',
    async (headers) => {
      const response = await post(long, headers as Headers)
      expect(response.headers['content-encoding']).toBeUndefined()
      expect(JSON.parse(response.body.toString()).data.me.id49).toBe(client.memberId)
    },
  )
})

test('a short one is as it is', async () => {
  expect((await post(short, { 'accept-encoding': 'br' })).headers['content-encoding']).toBeUndefined()
})

// Mutation check: weakenEtag taken out of compression.ts, or its look at what a 304 was asked with.
test('a compressed feed has a weak ETag, which is known again, and a 304 has the headers of its 200', async () => {
  for (let index = 0; index < 10; index++) await addAlarm(`Scenario ${index}`)
  const url = `${app.url}/graphql?${new URLSearchParams({ query: '{ notifications { etag items { scenarioId name time method } } }' })}`
  const get = (headers: Headers) => send(url, { method: 'GET', headers: { authorization: `Bearer ${client.token}`, ...headers } })
  const plain = await get({})
  const compressed = await get({ 'accept-encoding': 'br' })
  expect(compressed.headers['content-encoding']).toBe('br')
  expect(plain.headers.etag).toMatch(/^"/)
  expect(compressed.headers.etag).toBe(`W/${plain.headers.etag}`)
  const known = await get({ 'accept-encoding': 'br', 'if-none-match': compressed.headers.etag as string })
  expect(known).toMatchObject({ status: 304, body: Buffer.alloc(0) })
  expect(known.headers).toMatchObject({ etag: compressed.headers.etag, vary: compressed.headers.vary })
  const knownPlain = await get({ 'accept-encoding': 'br', 'if-none-match': plain.headers.etag as string })
  expect(knownPlain.headers).toMatchObject({ etag: plain.headers.etag, vary: plain.headers.vary })
})

test('an event stream is never compressed', async () => {
  const server = Fastify()
  onTestFinished(() => server.close())
  await compressResponses(server)
  const events = 'data: x\n\n'.repeat(500)
  server.get('/', (_request, reply) => reply.header('content-type', 'text/event-stream').send(events))
  const response = await server.inject({ url: '/', headers: { 'accept-encoding': 'br' } })
  expect(response.headers['content-encoding']).toBeUndefined()
  expect(response.body).toBe(events)
})

// Mutation check: globalDecompression left out.
test('a request is never decompressed: a small one could be of any size', async () => {
  const body = gzipSync(JSON.stringify({ query: short }))
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  expect((await send(`${app.url}/graphql`, { headers, body })).status).toBe(400)
})

const addAlarm = (name: string) =>
  client.run('mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { listVersion } }', {
    input: { name, notification: { active: true, method: 'PUSH', daysOfWeek: ['MONDAY'], time: '07:30' } },
  })
