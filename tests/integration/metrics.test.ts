import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { midnightReset } from '../../src/jobs/midnight-reset.job.js'
import { anotherInstance, appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, Client, makeMember, mutation } from '../support/client.js'
import { seedDueMembers } from '../support/days.js'
import { Door } from '../support/door.js'
import { ManualClock } from '../support/manual-clock.js'
import { type Metrics, scrape } from '../support/metrics.js'

const token = 'the-token-of-prometheus'
const bearer = (given: string) => ({ headers: { authorization: `Bearer ${given}` } })
const serving = async (config: object) => `${(await appForThisTest({ config })).url}/metrics`

// Mutation check: the route registered in any case by http/server.ts.
test('in production there is nothing at /metrics where there is no token', async () => {
  const url = await serving({ NODE_ENV: 'production' })
  for (const options of [{}, bearer(''), bearer('undefined'), bearer('null')]) expect((await fetch(url, options)).status).toBe(404)
})

// Mutation check: no hook in metrics.ts.
test.each(['development', 'production'])('in %s a token that is set is needed', async (NODE_ENV) => {
  const url = await serving({ NODE_ENV, METRICS_TOKEN: token })
  expect((await fetch(url)).status).toBe(401)
  expect((await fetch(url, bearer('guessed'))).status).toBe(401)
  const response = await fetch(url, bearer(token))
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('doorstep_')
})

test('in development it is open where there is no token', async () => {
  expect((await fetch(await serving({ NODE_ENV: 'development' }))).status).toBe(200)
})

// Mutation check: `ofAddress` not consumed in token-guard.ts.
test('guessing is over after ten wrong tokens in a minute', async () => {
  const url = await serving({ METRICS_TOKEN: token })
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url, bearer('guessed'))).status))
  expect(statuses.filter((status) => status === 401)).toHaveLength(10)
  expect((await fetch(url, bearer(token))).status).toBe(429)
})

const made = (number: number) => `query Made${number} { me { nickname } }`
const valuesOf = (metrics: Metrics, name: string) => metrics.get(name)?.values ?? new Map<string, number>()
const valueIn = (metrics: Metrics, name: string) => valuesOf(metrics, name).get('')

/** By operation and code, as a scrape has them. */
const operations = async (app: TestApp) =>
  Object.fromEntries(
    [...valuesOf(await scrape(app), 'doorstep_graphql_operations_total')].map(([labels, count]) => [
      labels.replace(/operation="(\w+)",code="(\w+)"/, '$1 $2'),
      count,
    ]),
  )

test('operations are counted by their names and codes, however they come, and what never ran by its code', async () => {
  const app = await appForThisTest()
  const client = await makeMember(app)
  for (let time = 0; time < 3; time++) await client.run('query Named { me { nickname } }')
  await client.run('{ me { nickname } }')
  const noNode = 'query None($id: ID!) { scenario(id: $id) { id } }'
  await client.request(noNode, { id: 'x' })
  await new Client(app.url).request('query Named { me { nickname } }')
  await client.request('{ nothing }')
  await client.request('{')
  await client.request(`{ ${'a '.repeat(3_000)} }`)
  await fetch(`${app.url}/graphql?query={me{nickname}}`, { headers: { authorization: `Bearer ${client.token}` } })
  const counted = await operations(app)
  expect(counted).toMatchObject({ 'Named OK': 3, 'Named UNAUTHENTICATED': 1, 'unnamed OK': 3 })
  expect(counted['none GRAPHQL_VALIDATION_FAILED']).toBe(1)
  expect(counted['none GRAPHQL_PARSE_FAILED'], 'too many tokens is one').toBe(2)
  expect(valuesOf(await scrape(app), 'doorstep_graphql_operation_duration_seconds').get('_countoperation="Named"')).toBe(4)
})

// Mutation check: red without `maxNames`, and without `maxNamesOfAnybody` (operation-metrics.ts).
test('names that clients make up are counted apart up to a hundred, and up to twenty of callers without a token', async () => {
  const app = await appForThisTest()
  const anybody = new Client(app.url)
  for (let number = 0; number < 30; number++) await anybody.request(made(number))
  const named = async () =>
    new Set(
      Object.keys(await operations(app))
        .map((key) => key.split(' ')[0])
        .filter((of) => of !== 'unnamed'),
    )
  expect((await named()).size).toBe(20 + 1)
  const client = await makeMember(app)
  for (let number = 100; number < 200; number++) await client.run(made(number))
  await client.run(`query ${'Long'.repeat(50)} { me { nickname } }`)
  expect((await named()).size).toBe(100 + 1)
  expect((await operations(app))['Made100 OK']).toBe(1)
})

test('requests are counted by their routes and never by their addresses', async () => {
  const app = await appForThisTest()
  for (const path of ['/livez', '/livez', '/made-up', '/made-up-too']) await fetch(app.url + path)
  await fetch(`${app.url}/livez`, { method: 'PURGE' }).catch(() => {})
  const values = valuesOf(await scrape(app), 'doorstep_http_request_duration_seconds')
  expect(values.get('_countmethod="GET",route="/livez",status="200"')).toBe(2)
  expect(values.get('_countmethod="GET",route="none",status="404"')).toBe(2)
  expect([...values.keys()].filter((labels) => /made-up|PURGE/.test(labels))).toEqual([])
})

test('the pool, waits for a connection and transactions that ran again are told', async () => {
  const app = await appForThisTest({ config: { DATABASE_POOL_SIZE: 3 } })
  const holder = new pg.Client({ connectionString: app.config.DATABASE_URL })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('SELECT pg_advisory_lock(1)')
  const waiting = Array.from({ length: 9 }, () => app.database.$queryRaw`SELECT pg_advisory_xact_lock_shared(1)::text`.then())
  await expect.poll(async () => valueIn(await scrape(app), 'doorstep_pool_waiting'), { timeout: 10_000 }).toBeGreaterThan(0)
  expect(valueIn(await scrape(app), 'doorstep_pool_in_use')).toBe(3)
  await holder.query('SELECT pg_advisory_unlock(1)')
  await Promise.all(waiting)
  const client = await makeMember(app)
  const scenario = await addScenario(client)
  await holder.query('BEGIN')
  await holder.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [client.memberId])
  const renamed = client.run(mutation('updateScenario', 'scenario { name }'), { input: { id: scenario.id, name: 'Held' } })
  await expect.poll(async () => valueIn(await scrape(app), 'doorstep_lock_waits_running')).toBe(1)
  await holder.query('COMMIT')
  await renamed
  const metrics = await scrape(app)
  expect(valueIn(metrics, 'doorstep_lock_waits_total')).toBe(1)
  expect(valuesOf(metrics, 'doorstep_transaction_retries_total').get('reason="locked"')).toBeGreaterThan(2)
  expect(valuesOf(metrics, 'doorstep_pool_wait_seconds').get('_count')).toBeGreaterThan(5)
})

test('runs of jobs, what they did, who is due and since when are told by a process that runs jobs', async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock, config: { ROLE: 'all' } })
  await seedDueMembers(app, { members: 20, lines: 2, today: '2026-03-15' })
  const before = await scrape(app)
  expect(valueIn(before, 'doorstep_members_due')).toBe(20)
  expect(valueIn(before, 'doorstep_members_due_late')).toBe(20)
  const { oldest } =
    (await app.database.$queryRaw<{ oldest: number }[]>`SELECT extract(epoch FROM min(next_close_at))::int AS oldest FROM member`)[0] ?? {}
  expect(valueIn(before, 'doorstep_oldest_due_timestamp_seconds')).toBe(oldest)
  expect(valuesOf(before, 'doorstep_job_last_success_timestamp_seconds').size).toBe(0)

  await app.app.runner.run(midnightReset, new AbortController().signal)
  const other = await anotherInstance(app, { clock })
  const after = await scrape(other)
  expect(valueIn(after, 'doorstep_members_due')).toBe(0)
  expect(valueIn(after, 'doorstep_oldest_due_timestamp_seconds')).toBe(0)
  expect(valuesOf(after, 'doorstep_job_last_success_timestamp_seconds').get('job="midnight-reset"')).toBe(clock.now().getTime() / 1_000)
  const ofRunner = await scrape(app)
  expect(valuesOf(ofRunner, 'doorstep_job_runs_total').get('job="midnight-reset",outcome="done"')).toBe(1)
  expect(valuesOf(ofRunner, 'doorstep_job_items_total').get('job="midnight-reset",item="days"')).toBe(20)
})

// Mutation check: red with a look that waits as long as it takes (metrics/shared-read.ts).
test('a database that hangs leaves out what it knows, and holds up no scrape', async () => {
  const { config } = await appForThisTest()
  const door = await Door.before(() => Number(new URL(config.DATABASE_URL).port))
  onTestFinished(() => door.close())
  const DATABASE_URL = Object.assign(new URL(config.DATABASE_URL), { port: door.port }).href
  const app = await appForThisTest({ config: { ROLE: 'all', DATABASE_URL } })
  expect(valueIn(await scrape(app), 'doorstep_schema_version')).toBeGreaterThan(11)

  door.delay(60_000)
  const seen = async () => {
    const since = performance.now()
    const metrics = await scrape(app)
    expect(performance.now() - since).toBeLessThan(4_000)
    return metrics
  }
  await expect.poll(async () => valueIn(await seen(), 'doorstep_database_up'), { timeout: 15_000 }).toBe(0)
  const away = await seen()
  for (const gone of ['doorstep_schema_version', 'doorstep_members_due']) expect(valueIn(away, gone), gone).toBeUndefined()
  expect(valueIn(away, 'doorstep_redis_up')).toBe(1)
  door.shut()
})

test('the documents that are known are told', async () => {
  const app = await appForThisTest()
  const client = await makeMember(app)
  for (let time = 0; time < 3; time++) await client.run('query Known { me { nickname } }')
  const metrics = await scrape(app)
  expect(valueIn(metrics, 'doorstep_document_cache_hits_total')).toBe(2)
  expect(valueIn(metrics, 'doorstep_document_cache_misses_total')).toBe(2)
  expect(valueIn(metrics, 'doorstep_document_cache_entries')).toBe(2)
  expect(valueIn(metrics, 'doorstep_document_cache_bytes')).toBeGreaterThan(100)
})
