import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { heartbeatMs } from '../../src/http/event-stream.js'
import { anotherInstance, appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, Client, checkMission, lines, makeMember, mutation } from '../support/client.js'
import { scrape } from '../support/metrics.js'
import { memberChanged, openStream } from '../support/streams.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const soon = { timeout: 20_000, interval: 10 }
const rename = (client: Client, nickname: string) =>
  client.run('mutation ($nickname: String!) { updateMember(input: { nickname: $nickname }) { member { id } } }', { nickname })
const changesSince = async (client: Client, since: string) =>
  (
    await client.run('query ($since: SyncToken) { changes(since: $since) { token fullSync scenarios { id } checklists { id } } }', {
      since,
    })
  ).changes

// Mutation check: red with the boundary before a part in event-stream.ts, as Apollo Client takes a part when it sees its end.
describe.each(['sse', 'multipart'] as const)('as %s', (format) => {
  test('a stream says at once how things stand, and then that something has changed, which `changes` tells', async () => {
    const client = await makeMember(app)
    const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
    const started = performance.now()
    const stream = await openStream(client, { format })
    await vi.waitFor(() => expect(stream.signals).toMatchObject([{ upToDate: false, listVersion: 1 }]), soon)
    const [first] = stream.signals

    await client.run(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: true } })
    await vi.waitFor(() => expect(stream.signals.length).toBe(2), soon)
    expect(performance.now() - started, 'before the next heartbeat').toBeLessThan(14_000)
    const { checklists } = await changesSince(client, first?.token ?? '')
    expect(checklists[0].id).toContain(id)

    const again = await openStream(client, { format, since: stream.signals[1]?.token ?? null })
    await vi.waitFor(() => expect(again.signals).toMatchObject([{ upToDate: true }]), soon)
  })

  test('without an access token the one result is UNAUTHENTICATED, and the stream ends', async () => {
    const stream = await openStream(new Client(app.url), { format })
    await vi.waitFor(() => expect(stream.ended).toBe(true), soon)
    expect(stream.results).toMatchObject([{ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }])
  })
})

// Mutation check: red without heartbeatMs in http/server.ts: it is six seconds, and every stream was cut off by it.
test('between two heartbeats a connection is not idle, however short the time-outs are', async () => {
  const config = { IDLE_TIMEOUT_MS: 1_000, OPERATION_TIMEOUT_MS: 1_000, DATABASE_STATEMENT_TIMEOUT_MS: 1_000 }
  const hasty = await appForThisTest({ config })
  expect(hasty.app.http.server.timeout).toBeGreaterThan(heartbeatMs)
})

test('by neither format a subscription is rejected in words', async () => {
  const client = await makeMember(app)
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${client.token}` },
    body: JSON.stringify({ query: memberChanged }),
  })
  expect(response.status).toBe(406)
  expect(await response.text()).toContain('text/event-stream')
})

test('what is no token is BAD_USER_INPUT', async () => {
  const stream = await openStream(await makeMember(app), { since: 'x' })
  await vi.waitFor(() => expect(stream.ended).toBe(true), soon)
  expect(stream.results).toMatchObject([{ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] }])
})

test('an eleventh stream of a member is RATE_LIMITED, and one that is closed makes room at once', async () => {
  const client = await makeMember(app)
  const streams = await Promise.all(Array.from({ length: 10 }, () => openStream(client)))
  await vi.waitFor(() => expect(streams.every(({ signals }) => signals.length === 1)).toBe(true), soon)
  const eleventh = await openStream(client)
  await vi.waitFor(() => expect(eleventh.results).toMatchObject([{ errors: [{ extensions: { code: 'RATE_LIMITED' } }] }]), soon)
  streams[0]?.close()
  await vi.waitFor(async () => {
    const another = await openStream(client)
    await vi.waitFor(() => expect(another.results.length).toBe(1), soon)
    const [signal] = another.signals
    if (!signal) another.close()
    expect(signal).toBeDefined()
  }, soon)
})

// Mutation check: red with 'close' of the response in place of the connection's in event-stream.ts: nine keep their places;
// and without `setMaxListeners`: Node warns.
test('streams that are pipelined end with their connection, and make room for ten others', async () => {
  const own = await appForThisTest()
  const client = await makeMember(own)
  const gauge = async (name: string) => (await scrape(own)).get(name)?.values.get('')
  const query = encodeURIComponent('subscription { memberChanged { token } }')
  const headers = `host: localhost\r\naccept: text/event-stream\r\nauthorization: Bearer ${client.token}`
  const warnings: string[] = []
  const warn = ({ name }: Error) => void warnings.push(name)
  process.on('warning', warn)
  onTestFinished(() => void process.off('warning', warn))
  const socket = connect(Number(new URL(own.url).port), 'localhost')
  socket.write(`GET /graphql?query=${query} HTTP/1.1\r\n${headers}\r\n\r\n`.repeat(10))
  await vi.waitFor(async () => expect(await gauge('doorstep_stream_signals_total')).toBe(10), soon)
  socket.destroy()
  await vi.waitFor(async () => expect(await gauge('doorstep_streams')).toBe(0), soon)
  const streams = await Promise.all(Array.from({ length: 10 }, () => openStream(client)))
  await vi.waitFor(() => expect(streams.map(({ signals }) => signals.length)).toEqual(Array(10).fill(1)), soon)
  expect(warnings).toEqual([])
})

// Mutation check: red without the SUBSCRIBE in hints.ts, but for what the look of every 20 s finds.
test('a change made by another instance is told within a second, 20 times', async () => {
  const client = await makeMember(app)
  const other = await anotherInstance(app)
  const stream = await openStream(client)
  await vi.waitFor(() => expect(stream.signals.length).toBe(1), soon)
  for (let turn = 1; turn <= 20; turn++) {
    const told = stream.signals.length
    await rename(new Client(other.url, client.token), `n${turn}`)
    const committedAt = performance.now()
    await vi.waitFor(() => expect(stream.signals.length).toBeGreaterThan(told), soon)
    expect(performance.now() - committedAt).toBeLessThan(5_000)
  }
})

// Mutation check: red without the look of every two seconds in live.service.ts.
test('without any Redis a change made by another instance is told all the same', async () => {
  const alone = await appForThisTest({ config: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const client = await makeMember(alone)
  const other = await anotherInstance(alone)
  const stream = await openStream(client)
  await vi.waitFor(() => expect(stream.signals.length).toBe(1), soon)
  await rename(new Client(other.url, client.token), 'elsewhere')
  // Before the look of every 20 s, with which `soon` would be content.
  await vi.waitFor(() => expect(stream.signals.length).toBe(2), { ...soon, timeout: 10_000 })
})

test('of a burst the last change is told, in fewer signals than there are changes', async () => {
  const client = await makeMember(app)
  const stream = await openStream(client)
  await vi.waitFor(() => expect(stream.signals.length).toBe(1), soon)
  await Promise.all(Array.from({ length: 50 }, (_, index) => addScenario(client, { name: `s${index}` })))
  await vi.waitFor(() => expect(stream.signals.at(-1)?.listVersion).toBe(50), soon)
  expect(stream.signals.length).toBeLessThanOrEqual(51)
  const { fullSync, scenarios } = await changesSince(client, stream.signals.at(-1)?.token ?? '')
  expect({ fullSync, scenarios }).toEqual({ fullSync: false, scenarios: [] })
})

test('a member who is deleted has no streams any more: they end with UNAUTHENTICATED', async () => {
  const client = await makeMember(app)
  const stream = await openStream(client)
  await vi.waitFor(() => expect(stream.signals.length).toBe(1), soon)
  await client.run('mutation { deleteMember { deletedId } }')
  await vi.waitFor(() => expect(stream.ended).toBe(true), soon)
  expect(stream.results.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

// Mutation check: red without the look at `isRevoked` before each result in event-stream.ts: it hears of one more change.
test('a session that is revoked hears of nothing any more: its streams end with UNAUTHENTICATED', async () => {
  const handle = crypto.randomUUID()
  const lost = await makeMember(app, { handle })
  const own = await makeMember(app, { handle })
  const stream = await openStream(lost)
  await vi.waitFor(() => expect(stream.signals.length).toBe(1), soon)
  const { sessions } = (await own.run('{ me { sessions { id current } } }')).me
  const { id } = sessions.find(({ current }: { current: boolean }) => !current)
  await own.run(mutation('revokeSession', '__typename'), { input: { id } })
  await rename(own, 'Somebody')
  await vi.waitFor(() => expect(stream.ended).toBe(true), soon)
  expect(stream.signals.length).toBe(1)
  expect(stream.results.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

test('a process that is told to stop ends its streams, and comes to its end', async () => {
  const stopping = await startTestApp()
  const stream = await openStream(await makeMember(stopping))
  await vi.waitFor(() => expect(stream.signals.length).toBe(1), soon)
  await stopping.stop()
  await vi.waitFor(() => expect(stream.ended).toBe(true), soon)
  expect(stream.results.length).toBe(1)
})

test('a stream ends when its access token does, with UNAUTHENTICATED', async () => {
  const brief = await appForThisTest({ config: { ACCESS_TOKEN_TTL_SECONDS: 3 } })
  const stream = await openStream(await makeMember(brief))
  await vi.waitFor(() => expect(stream.ended).toBe(true), soon)
  expect(stream.results.at(-1)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})
