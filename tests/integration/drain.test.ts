import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import type { AppConfig } from '../../src/config.js'
import { appForThisTest } from '../support/app.js'
import { Client, makeMember } from '../support/client.js'
import { scrape } from '../support/metrics.js'
import { compile, startProcess } from '../support/processes.js'

beforeAll(() => compile(), 120_000)

const soon = { timeout: 20_000, interval: 20 }
const readiness = async (url: string) => (await (await fetch(`${url}/readyz`, { headers: { connection: 'close' } })).json()).status

/** A member, and a process that they can ask. */
async function startDrained(settings: Pick<AppConfig, 'DRAIN_SECONDS'> & Partial<AppConfig>) {
  const { url, config } = await appForThisTest()
  const member = await makeMember({ url })
  const process = await startProcess({ ...config, REQUEST_TIMEOUT_MS: 60_000, ...settings })
  return { process, config, client: new Client(process.url, member.token, member.memberId) }
}

type Told = 'to close' | 'to stay' | 'lost'

/** One request over the connection that the agent keeps. */
function send(agent: Agent, { url, token }: Client): Promise<Told> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise((resolve) => {
    const sent = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response: IncomingMessage) => {
      response.resume().on('error', () => resolve('lost'))
      response.on('end', () => {
        if (response.statusCode !== 200) resolve('lost')
        else resolve(response.headers.connection === 'close' ? 'to close' : 'to stay')
      })
    })
    sent.on('error', () => resolve('lost'))
    sent.end(JSON.stringify({ query: '{ me { id } }' }))
  })
}

/** Sends requests now and then until it is told to go elsewhere, or one is lost. */
async function keepSending(client: Client): Promise<Told> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  for (;;) {
    const told = await send(agent, client)
    if (told !== 'to stay') return told
    await sleep(Math.random() * 300)
  }
}

// Mutation check: no sleep in stop() of app.ts; no `connection: close` in server.ts.
test('32 clients that keep their connections lose no request when the process is told to stop', { timeout: 60_000 }, async () => {
  const { process, client } = await startDrained({ DRAIN_SECONDS: 2 })
  const clients = Array.from({ length: 32 }, () => keepSending(client))
  await sleep(500)
  process.kill('SIGTERM')
  await expect.poll(() => process.messages.at(-1), soon).toMatch(/^stop/)
  // Whoever has not yet seen that it is not ready is served on a new connection too.
  const late = keepSending(client)
  const status = readiness(process.url).catch(String)

  expect((await Promise.all([...clients, late])).filter((told) => told !== 'to close')).toEqual([])
  expect(await status).toBe('stopping')
  expect(await process.ended).toBe(0)
  expect(process.messages.slice(-4)).toEqual([
    'stopping: not ready any more, and still serving, with connection: close',
    'stopping: no new connections; ending the streams, finishing the requests under way',
    'stopping: closing the connections to PostgreSQL and Redis',
    'stopped',
  ])
})

/** An update that waits for its row until that is let go. */
async function updateUnderWay(client: Client, config: AppConfig) {
  const holder = new pg.Client(config.DATABASE_URL)
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [client.memberId])
  const update = client.request('mutation { updateMember(input: { nickname: "Later" }) { member { nickname } } }')
  await expect
    .poll(async () => (await holder.query('SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted')).rows[0].waiting, soon)
    .toBe(1)
  const letGo = async () => {
    await holder.query('ROLLBACK')
    await holder.end()
  }
  return { update, letGo }
}

// Mutation check: the connections to PostgreSQL closed before the server in stop() of app.ts.
test('an operation under way is finished, however much longer than the drain it takes', { timeout: 60_000 }, async () => {
  const { process, client, config } = await startDrained({ DRAIN_SECONDS: 0 })
  const { update, letGo } = await updateUnderWay(client, config)
  process.kill('SIGTERM')
  await expect.poll(() => process.messages.at(-1), soon).toContain('finishing the requests under way')
  await letGo()
  expect((await update).data).toEqual({ updateMember: { member: { nickname: 'Later' } } })
  expect(await process.ended).toBe(0)
})

/** The beginning of a request, which can be gone on with; `answer` is whatever comes back. */
function begin(url: string, bytes: string) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(bytes)
  return { goOn: (rest: string) => void socket.write(rest), answer: text(socket).catch(String) }
}

// Mutation check: return503OnClosing left out of server.ts.
test('a request that is arriving while the server closes is served', { timeout: 60_000 }, async () => {
  const { process } = await startDrained({ DRAIN_SECONDS: 1 })
  const { goOn, answer } = begin(process.url, 'GET /livez HTTP/1.1\r\nhost: x\r\n')
  process.kill('SIGTERM')
  await expect.poll(() => process.messages.at(-1), soon).toContain('finishing the requests under way')
  goOn('\r\n')
  expect(await answer).toMatch(/^HTTP\/1.1 200 .*\{"status":"ok"\}$/s)
  expect(await process.ended).toBe(0)
})

// Mutation check: without isLate in connections.ts the halves are waited for until the update has timed out; without its look at
// what is complete the update is cut, too.
test('a request that does not come in whole in its time is cut, and nothing else', { timeout: 60_000 }, async () => {
  const { process, client, config } = await startDrained({
    DRAIN_SECONDS: 0,
    REQUEST_TIMEOUT_MS: 1_000,
    OPERATION_TIMEOUT_MS: 10_000,
    DATABASE_STATEMENT_TIMEOUT_MS: 10_000,
  })
  const { update, letGo } = await updateUnderWay(client, config)
  const halves = [
    'POST / HTTP/1.1\r\nhost: x\r\n',
    'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    'GET /livez HTTP/1.1\r\nhost: x\r\n\r\nGET /livez',
  ].map((bytes) => begin(process.url, bytes))
  await readiness(process.url)
  process.kill('SIGTERM')
  await Promise.all(halves.map(({ answer }) => answer))
  await letGo()
  expect((await update).data).toEqual({ updateMember: { member: { nickname: 'Later' } } })
  expect(await process.ended).toBe(0)
})

// Mutation check: red with REQUEST_TIMEOUT_MS alone in http/server.ts: the end of its time comes after that of the process.
test('a request that may take long to come is cut when no operation can be under way any more', { timeout: 60_000 }, async () => {
  const { process } = await startDrained({ DRAIN_SECONDS: 0, OPERATION_TIMEOUT_MS: 1_000, DATABASE_STATEMENT_TIMEOUT_MS: 1_000 })
  const half = begin(process.url, 'POST /graphql HTTP/1.1\r\nhost: x\r\n')
  await readiness(process.url)
  process.kill('SIGTERM')
  await half.answer
  expect(await process.ended).toBe(0)
})

// Mutation check: no setTimeout in main.ts; the drain left out of its time.
test('a process that does not come to an end is ended, after the drain and the time of an operation', { timeout: 60_000 }, async () => {
  const { process } = await startDrained({ DRAIN_SECONDS: 2, OPERATION_TIMEOUT_MS: 1_000, DATABASE_STATEMENT_TIMEOUT_MS: 1_000 })
  // More responses than the system takes for a client that reads none of them.
  const body = JSON.stringify({
    query: '{ __schema { types { name description fields { name description args { name description } } } } }',
  })
  const post = `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const deaf = connect(Number(new URL(process.url).port), '127.0.0.1').pause()
  onTestFinished(() => void deaf.destroy())
  deaf.on('error', () => {})
  deaf.write(post.repeat(400))
  let before = 0
  const isStuck = async () => {
    const durations = (await scrape(process)).get('doorstep_http_request_duration_seconds')?.values ?? new Map<string, number>()
    const [, answered = 0] = [...durations].find(([labels]) => /^_count.*POST.*graphql/.test(labels)) ?? []
    const isAsBefore = answered > 0 && answered === before
    before = answered
    return isAsBefore
  }
  await expect.poll(isStuck, { timeout: 20_000, interval: 500 }).toBe(true)
  const from = performance.now()
  process.kill('SIGTERM')
  expect(await process.ended).toBe(1)
  expect(performance.now() - from).toBeGreaterThan(12_900)
})

// Mutation check: no process.exit at the second signal in main.ts.
test('a second signal ends it at once', { timeout: 60_000 }, async () => {
  const { process } = await startDrained({ DRAIN_SECONDS: 60 })
  process.kill('SIGTERM')
  await expect.poll(() => readiness(process.url), soon).toBe('stopping')
  // What comes within half a second of the first one is the same order.
  const again = setInterval(() => process.kill('SIGTERM'), 100)
  onTestFinished(() => clearInterval(again))
  expect(await process.ended).toBe(1)
})
