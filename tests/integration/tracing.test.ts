import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { statementSummary } from '../../src/database/statement-watch.js'
import { midnightReset } from '../../src/jobs/midnight-reset.job.js'
import { createLog } from '../../src/log.js'
import { startTestApp } from '../support/app.js'
import { makeList, makeMember, moveScenario } from '../support/client.js'
import { type CollectedSpan, startCollector } from '../support/collector.js'
import { readFeed } from '../support/feed.js'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`
const move = moveScenario.replace('mutation', 'mutation Move')

/** The names of the spans beneath one, in the order in which they ended. */
const beneath = (spans: CollectedSpan[], parent: CollectedSpan | undefined) =>
  spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId).map(({ name }) => name)

// Mutation check: red without `request.span.run` (request-tracing.ts), and without `watchQueries(client, …)` (watched-pool.ts).
test('the trace of a move has its request, its operation and each statement, beneath the traceparent that it came with', async () => {
  const { url, spans } = await startCollector()
  const app = await startTestApp({ config: { OTEL_EXPORTER_OTLP_ENDPOINT: url } })
  const { client, ids } = await makeList(app, 3)
  const { errors } = await client.request(move, { input: { id: ids[2], nextId: ids[0] } }, { traceparent, 'x-request-id': 'proxy-0001' })
  expect(errors).toBeUndefined()
  await app.stop()

  const ours = spans.filter((span) => span.traceId === traceId)
  const request = ours.find(({ parentSpanId }) => parentSpanId === 'b7ad6b7169203331')
  expect(request).toMatchObject({
    name: 'POST /graphql',
    attributes: { 'http.route': '/graphql', 'http.response.status_code': 200, 'doorstep.request_id': 'proxy-0001' },
  })
  expect(beneath(ours, request)).toEqual(['mutation Move'])
  const operation = ours.find(({ name }) => name === 'mutation Move')
  expect(operation?.attributes).toMatchObject({ 'graphql.operation.name': 'Move', 'doorstep.code': 'OK' })
  const write = 'UPDATE scenario, UPDATE member'
  expect(beneath(ours, operation)).toEqual(['BEGIN', 'SELECT member', 'SELECT scenario', write, 'COMMIT'])
  const statement = ours.find(({ name }) => name === write)
  expect(statement?.attributes['db.query.text']).toContain('UPDATE scenario')
  expect(JSON.stringify(ours), 'no value of a statement').not.toContain(ids[2])
  expect(new Set(spans.map((span) => span.traceId)).size, 'a trace each').toBeGreaterThan(4)
})

// Mutation check: red without `remoteParentSampled`: whoever sets a flag in a header has every statement written.
test('of traces that others have decided to write there are as many as are wanted', async () => {
  const { url, spans } = await startCollector()
  const app = await startTestApp({ config: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER_ARG: 0 } })
  expect((await (await makeMember(app)).request('{ me { id } }', {}, { traceparent })).errors).toBeUndefined()
  await app.stop()
  expect(spans).toEqual([])
})

test('a poll shows Redis, a job its statements, and probes are in no trace', async () => {
  const { url, spans } = await startCollector()
  const app = await startTestApp({ config: { OTEL_EXPORTER_OTLP_ENDPOINT: url, ROLE: 'all' } })
  await readFeed(await makeMember(app))
  await app.app.runner.run(midnightReset, new AbortController().signal)
  for (const probe of ['/livez', '/readyz', '/metrics']) await fetch(app.url + probe)
  await app.stop()
  const names = spans.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['redis hmget', 'job midnight-reset', 'INSERT job_run', 'UPDATE job_run']))
  expect(names.filter((name) => /livez|readyz|metrics/.test(name))).toEqual([])
  const parents = new Set(spans.map(({ spanId }) => spanId))
  expect(spans.filter(({ parentSpanId }) => parentSpanId && !parents.has(parentSpanId))).toEqual([])
})

test('a statement is named by what it writes, or by the first table that it reads', () => {
  const names = [
    'UPDATE member SET x = 1',
    'INSERT INTO "public"."job_run" (id)',
    'SELECT * FROM unnest($1) JOIN mission ON TRUE',
    'COMMIT',
    'SELECT 1',
  ]
  expect(names.map(statementSummary)).toEqual(['UPDATE member', 'INSERT job_run', 'SELECT mission', 'COMMIT', 'SELECT'])
  expect(statementSummary('SELECT id FROM member FOR UPDATE OF member'), 'a lock is no write').toBe('SELECT member')
})

test('what a request came with by its proxy is its id; a made-up one that is none is not', async () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  const app = await startTestApp({ log, config: { ACCESS_LOG_SAMPLE: 1 } })
  onTestFinished(() => app.stop())
  const client = await makeMember(app)
  const named = 'query Named { me { nickname } }'
  await client.request(named, {}, { 'x-request-id': 'proxy-0001' })
  await client.request(named, {}, { 'x-request-id': 'bad id {}' })
  await client.request('{ nothing }')
  await fetch(`${app.url}/livez`)
  await fetch(`${app.url}/graphql?query={__typename}`)
  await fetch(`${app.url}/graphql`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
  const requests = () => lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a request')
  await expect.poll(() => requests().length).toBe(6)
  const [signIn, first, second, third, ...unread] = requests()
  expect(first).toMatchObject({
    level: 'info',
    requestId: 'proxy-0001',
    method: 'POST',
    route: '/graphql',
    status: 200,
    operation: 'Named',
    code: 'OK',
  })
  expect(first.ms).toBeGreaterThan(0)
  expect(second.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(third).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
  for (const rejected of unread) expect(rejected).toMatchObject({ status: 400, code: 'BAD_REQUEST' })
  expect(signIn.member).toBeUndefined()
  expect(first.member).toMatch(/^[\w-]{16}$/)
  expect(second.member).toBe(first.member)
  expect(lines.join('')).not.toContain(client.memberId)
})

// Mutation check: red without the outcome in the executor's `rejected`, and with one that is assigned to the context, of which Apollo Server has a copy.
test('a request whose document never ran is logged with the code that says why, whoever found it; and what Apollo Server ran with its own', async () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  const persisted = fileURLToPath(new URL('../support/persisted/apollo-manifest.json', import.meta.url))
  const app = await startTestApp({ log, config: { ACCESS_LOG_SAMPLE: 1, GRAPHQL_MAX_DEPTH: 3 } })
  onTestFinished(() => app.stop())
  const listing = await startTestApp({ log, config: { ACCESS_LOG_SAMPLE: 1, PERSISTED_DOCUMENTS_FILE: persisted } })
  onTestFinished(() => listing.stop())
  const codeOf = async ({ url }: { url: string }, query: string) => {
    const before = lines.length
    await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) })
    const requests = () => lines.slice(before).filter((line) => line.includes('"a request"'))
    await expect.poll(() => requests().length).toBe(1)
    return JSON.parse(requests()[0] as string).code
  }
  expect(await codeOf(app, '{a:scenarios{checklist{items{id}}}}')).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(await codeOf(listing, '{me{today}}')).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(await codeOf(app, '{nothing}')).toBe('GRAPHQL_VALIDATION_FAILED')
  expect(await codeOf(app, '{')).toBe('GRAPHQL_PARSE_FAILED')
  // Run through Apollo Server, as the first of each content type is.
  expect(await codeOf(app, '{me{today}}')).toBe('UNAUTHENTICATED')
})

test('of requests, the part is logged that is wanted, and all that failed by our fault', async () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  const app = await startTestApp({ log, config: { ACCESS_LOG_SAMPLE: 0 } })
  onTestFinished(() => app.stop())
  const client = await makeMember(app)
  await client.run('{ me { nickname } }')
  await app.database.$executeRawUnsafe('ALTER TABLE member RENAME nickname TO gone')
  await client.request('{ me { nickname } }')
  await expect.poll(() => lines.filter((line) => line.includes('"a request"')).length).toBe(1)
  expect(lines.find((line) => line.includes('"a request"'))).toContain('"code":"INTERNAL_SERVER_ERROR"')
})

// Mutation check: red with `watch: null` in database.ts.
test('a statement that takes long is logged, without its values', async () => {
  const lines: string[] = []
  const log = createLog('info', { write: (line: string) => void lines.push(line) })
  const app = await startTestApp({ log, config: { SLOW_STATEMENT_MS: 200 } })
  onTestFinished(() => app.stop())
  await app.database.$queryRaw`SELECT pg_sleep(${0.3}::float8)::text, ${'a value'}::text`
  const slow = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'a statement was slow')
  expect(slow).toMatchObject([{ level: 'warn', text: 'SELECT pg_sleep($1::float8)::text, $2::text' }])
  expect(slow[0].ms).toBeGreaterThanOrEqual(290)
})

test('nothing of OpenTelemetry’s SDK is loaded where there is nowhere to send traces', () => {
  // CommonJS, which they are: what was required is in its cache.
  const program = `
    await import('./dist/bootstrap.js')
    const { default: { _cache } } = await import('node:module')
    console.log(JSON.stringify(Object.keys(_cache).filter((path) => /@opentelemetry.(sdk|exporter|otlp)|pino-pretty/.test(path))))`
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: root, encoding: 'utf8' })
  expect(JSON.parse(printed)).toEqual([])
})
