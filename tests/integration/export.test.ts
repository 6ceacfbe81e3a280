import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { beforeEach, expect, test, vi } from 'vitest'
import { camelCase, exportedMemberColumns, exportedTables } from '../../src/export/export.sql.js'
import { createLog } from '../../src/log.js'
import { anotherInstance, appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, Client, checkMission, lines, makeMember } from '../support/client.js'
import { sweep } from '../support/days.js'
import { notificationAt } from '../support/feed.js'
import { heapMegabytes } from '../support/heap.js'
import { ManualClock } from '../support/manual-clock.js'
import { query } from '../support/query.js'

const start = '2026-03-15T12:00:00Z'

type Row = Record<string, unknown>
type Document = Record<string, Row[]> & { member: Row }

const fetchExport = ({ url }: { url: string }, token: string | null, headers: Record<string, string> = {}) =>
  fetch(`${url}/export`, { headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers } })
const exportOf = async (client: Client) => (await (await fetchExport(client, client.token)).json()) as Document

/** A member who has something in each table. */
async function makeFull(app: TestApp, clock: ManualClock): Promise<Client> {
  const client = await makeMember(app, { timeZone: 'Asia/Seoul' })
  const { id, basicMissions } = await addScenario(client, {
    basicMissions: lines('Keys', 'Gas'),
    notification: notificationAt(),
    memo: '한글 "quoted"',
  })
  await client.run(addTodayMission, { input: { scenarioId: id, content: 'Parcel' } })
  await client.run(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: true } })
  const deleted = await addScenario(client, { name: 'Deleted', basicMissions: lines('Once') })
  clock.set('2026-03-17T12:00:00Z')
  await sweep(app)
  const update = 'mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { id } } }'
  await client.run(update, { input: { id, basicMissions: [{ id: basicMissions[0]?.id, content: 'All keys' }] } })
  await client.run('mutation ($id: ID!) { deleteScenario(input: { id: $id }) { deletedId } }', { id: deleted.id })
  await app.database.$executeRaw`
    INSERT INTO pause (member_id, id, starts_on, ends_on) VALUES (${client.memberId}::uuid, gen_random_uuid(), '2026-03-18', '2026-03-19')`
  await app.database.$executeRaw`
    INSERT INTO operation (member_id, id, fingerprint, done_at) VALUES (${client.memberId}::uuid, gen_random_uuid(), sha256('x'), now())`
  await app.database.$executeRaw`
    INSERT INTO tombstone (member_id, id, scenario_id, deleted_at) VALUES (${client.memberId}::uuid, gen_random_uuid(), ${id}::uuid, now())`
  return client
}

let clock: ManualClock
let app: TestApp
beforeEach(async () => {
  clock = new ManualClock(start)
  app = await appForThisTest({ clock, config: { OPERATION_TIMEOUT_MS: 30_000 } })
})

/** What stands in each row and nobody needs but us: whose it is, and which transaction wrote it. */
const leftOutEverywhere = ['member_id', 'written_by']

/** Hashes, which prove secrets. */
const leftOut: Record<string, string[]> = { refresh_token: ['token_hash'], scenario: ['created_from'], operation: ['fingerprint'] }

/** Fails for whoever adds a table or a column and does not say, in export.sql.ts or above, what becomes of it. */
test('every table that has the members in it is exported, with every column that is not left out on purpose', async () => {
  const columns = await app.database.$queryRaw<{ table: string; columns: string[] }[]>`
    SELECT table_name AS table, array_agg(column_name::text ORDER BY column_name) AS columns
    FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name <> ALL (${leftOutEverywhere}) AND (table_name = 'member' OR table_name IN (
      SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'member_id'))
    GROUP BY table_name ORDER BY table_name`
  const member = { table: 'member', columns: exportedMemberColumns }
  const said = [member, ...exportedTables].map(({ table, columns }) => ({ table, columns: [...columns, ...(leftOut[table] ?? [])].sort() }))
  expect(said.sort((a, b) => a.table.localeCompare(b.table))).toEqual(columns)
})

test('the export has every row that is kept of the member, as it is, and nothing of anybody else', async () => {
  const client = await makeFull(app, clock)
  await makeFull(app, clock)
  const document = await exportOf(client)
  const keptOf = (table: string, id: string) =>
    app.database.$queryRawUnsafe<{ row: Row }[]>(`SELECT to_jsonb(kept) AS row FROM ${table} kept WHERE ${id} = '${client.memberId}'`)
  const [member] = await keptOf('member', 'id')
  expect(document.member).toEqual(renamed(member?.row as Row))
  for (const { table, field } of exportedTables) {
    const rows = (await keptOf(table, 'member_id')).filter(({ row }) => table !== 'template_revision' || row.through !== 'infinity')
    const kept = rows.map(({ row }) => renamed(row, leftOut[table]))
    expect(kept.length, table).toBeGreaterThan(0)
    expect(sorted(document[field] as Row[]), table).toEqual(sorted(kept))
  }
  expect(Object.keys(document)).toEqual(['exportedAt', 'member', ...exportedTables.map(({ field }) => field)])
})

const renamed = (row: Row, without: string[] = []) =>
  Object.fromEntries(
    Object.entries(row).flatMap(([column, value]) =>
      [...without, ...leftOutEverywhere].includes(column) ? [] : [[camelCase(column), value]],
    ),
  )
const sorted = (rows: Row[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort()

test('no secret is in it: not a token, not a hash', async () => {
  const { signInForDevelopment: session } = await new Client(app.url).run(
    'mutation { signInForDevelopment(input: { handle: "me" }) { accessToken refreshToken } }',
  )
  const text = await (await fetchExport(app, session.accessToken)).text()
  const [{ hash }] = await app.database.$queryRaw<[{ hash: string }]>`SELECT encode(token_hash, 'hex') AS hash FROM refresh_token`
  for (const secret of [session.accessToken, session.refreshToken, hash]) expect(text).not.toContain(secret)
})

test('it comes as a file that no cache keeps', async () => {
  const client = await makeMember(app)
  const response = await fetchExport(app, client.token)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'content-disposition': 'attachment; filename="doorstep.json"',
    'cache-control': 'no-store',
  })
  await response.text()
})

test('nobody and a deleted member are rejected with 401, in JSON', async () => {
  const goner = await makeMember(app)
  await goner.run('mutation { deleteMember { deletedId } }')
  for (const token of [null, 'nonsense', goner.token]) {
    const response = await fetchExport(app, token)
    expect(response.status).toBe(401)
    expect(response.headers.get('content-disposition')).toBeNull()
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  }
})

// Mutation check: red with 300 points at any limit: of 40, one passes.
test.each([
  { limit: 1, passed: 1 },
  { limit: 40, passed: 10 },
])('it is counted as a tenth of what a member may do in a minute: of $limit operations, $passed', async ({ limit, passed }) => {
  const config = { ...app.config, RATE_LIMITS: true, RATE_LIMIT_OPERATIONS_PER_MINUTE: limit }
  const limited = await anotherInstance({ ...app, config })
  // Signed in where nothing is counted: who is nobody yet is counted by an address that other tests have too.
  const client = await makeMember(app)
  for (let sent = 0; sent <= passed; sent++) {
    const response = await fetchExport(limited, client.token)
    expect(response.status).toBe(sent < passed ? 200 : 429)
    if (sent === passed) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    await response.text()
  }
})

/** Straight into the tables, without looking up each row's foreign keys: they are right. */
const seedMuch = ({ config }: TestApp, memberId: string, { scenarios, dates }: { scenarios: number; dates: number }) =>
  query(
    config.DATABASE_URL,
    `SET session_replication_role = replica; SET synchronous_commit = off;
    INSERT INTO scenario (id, member_id, name, position, starts_on, template_since)
      SELECT gen_random_uuid(), '${memberId}', 'Scenario ' || n, n, '2026-01-01', '2026-03-15' FROM generate_series(1, ${scenarios}) n;
    INSERT INTO mission (member_id, id, scenario_id, mission_type, content, position, version, added_on, created_at)
      SELECT member_id, gen_random_uuid(), id, 'BASIC', repeat('한', 100), n, 1, '2026-01-01', now() FROM scenario, generate_series(1, 100) n WHERE member_id = '${memberId}';
    INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked)
      SELECT member_id, gen_random_uuid(), id, 'BASIC', '2026-03-14'::date - n, true FROM mission, generate_series(1, ${dates}) n WHERE member_id = '${memberId}';
    INSERT INTO template_revision (member_id, scenario_id, through, lines)
      SELECT member_id, scenario_id, '2026-03-14'::date - n, jsonb_agg(jsonb_build_object('id', id, 'content', content) ORDER BY position)
      FROM mission, generate_series(1, ${dates}) n WHERE member_id = '${memberId}' AND scenario_id IS NOT NULL GROUP BY 1, 2, n;
    ANALYZE mission`,
  )

/** Gives the document's length; calls `each` now and then while it comes. */
async function drain(response: Response, each: () => void): Promise<number> {
  let bytes = 0
  let next = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes < next) continue
    next += 8 * 2 ** 20
    each()
  }
  return bytes
}

/** The most that this process has computed in one go, in milliseconds: its own time, however busy the machine is. */
function watchLoop() {
  let most = 0
  let before = process.cpuUsage()
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    most = Math.max(most, (user + system) / 1_000)
    before = process.cpuUsage()
  }, 2)
  return {
    stop() {
      clearInterval(timer)
      return most
    },
  }
}

/**
 * 10,000 lines, and days of checks and of revisions (with `npm run test:long` 31 of them, some 200 MB of JSON), read by a process that is
 * also the server.
 * Mutation check: red with all pages of a table collected before the first is handed on, and with pages of 50,000 rows.
 */
test('the most that a member can have goes out in bounded memory, and holds up nobody', { timeout: 600_000 }, async () => {
  const dates = process.env.LONG === 'true' ? 31 : 8
  const client = await makeMember(app)
  await seedMuch(app, client.memberId, { scenarios: 100, dates })
  await (await fetchExport(app, (await makeMember(app)).token)).text()
  const before = heapMegabytes()
  let growth = 0
  const bytes = await drain(await fetchExport(app, client.token), () => {
    growth = Math.max(growth, heapMegabytes() - before)
  })
  expect(bytes).toBeGreaterThan(dates * 5 * 2 ** 20)
  expect(growth).toBeLessThan(20)

  const loop = watchLoop()
  // Compressing takes other threads' time.
  expect(await drain(await fetchExport(app, client.token, { 'accept-encoding': 'identity' }), () => {})).toBe(bytes)
  expect(loop.stop()).toBeLessThan(100)
})

/** The last statements of exports that are under way. */
const underWay = async ({ database }: TestApp): Promise<string[]> => {
  const rows = await database.$queryRaw<{ query: string }[]>`
    SELECT query FROM pg_stat_activity
    WHERE datname = current_database() AND xact_start IS NOT NULL AND query ~ 'exported' AND pid <> pg_backend_pid()`
  return rows.map(({ query }) => query)
}

/** Reads the beginning, and no more until it is told to. */
async function beginReading({ url }: { url: string }, token: string | null) {
  const reading = request(`${url}/export`, { headers: { authorization: `Bearer ${token}` } }).on('error', () => {})
  reading.end()
  const response = await new Promise<IncomingMessage>((resolve) => reading.on('response', resolve))
  await once(response, 'readable')
  return {
    text: () => text(response),
    leave: () => reading.destroy(),
    /** True where the rest comes to its end. */
    readOn: () =>
      new Promise<boolean>((resolve) => {
        response.on('error', () => {}).on('close', () => resolve(response.complete))
        response.resume()
      }),
  }
}

// Mutation check: red where the parts are sent without waiting for the reader: all of it has been read by then, and is in memory.
test('a reader who stops is waited for as long as an operation takes, then cut off; one who leaves is not waited for', async () => {
  const impatient = await appForThisTest({ config: { OPERATION_TIMEOUT_MS: 2_000 } })
  const client = await makeMember(impatient)
  await seedMuch(impatient, client.memberId, { scenarios: 100, dates: 3 })
  const stopping = await beginReading(impatient, client.token)
  let last: string | undefined
  await vi.waitFor(
    async () => {
      const [statement] = await underWay(impatient)
      last = statement ?? last
      expect(statement).toBeUndefined()
    },
    { timeout: 20_000, interval: 20 },
  )
  expect(last, 'it was in the midst of a table').toMatch(/^FETCH/)
  expect(await stopping.readOn()).toBe(false)

  const leaving = await beginReading(impatient, client.token)
  leaving.leave()
  await vi.waitFor(async () => expect(await underWay(impatient)).toEqual([]), { timeout: 1_500, interval: 20 })
})

// Mutation check: red with `sent` in place of `raw.headersSent` in http/export.ts: a second response is tried, and logged as a fault.
test('an export whose connection to PostgreSQL ends is cut off, and logged as one that came to no end', async () => {
  const lines: string[] = []
  const broken = await appForThisTest({ log: createLog('warn', { write: (line: string) => void lines.push(JSON.parse(line).msg) }) })
  const client = await makeMember(broken)
  await seedMuch(broken, client.memberId, { scenarios: 100, dates: 3 })
  const reading = await beginReading(broken, client.token)
  const ended = await broken.database.$executeRaw`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND xact_start IS NOT NULL AND query ~ 'exported' AND pid <> pg_backend_pid()`
  expect(ended).toBe(1)
  expect(await reading.readOn()).toBe(false)
  await vi.waitFor(() => expect(lines).toContain('an export came to no end'))
  expect(lines.toSorted()).toEqual(['a database connection failed', 'an export came to no end'])
})

test('a member has one export at a time, and what others do goes on beside it', async () => {
  const hasty = await appForThisTest({ config: { DATABASE_MAX_WAIT_MS: 1_000 } })
  const client = await makeMember(hasty)
  await seedMuch(hasty, client.memberId, { scenarios: 100, dates: 3 })
  const first = await beginReading(hasty, client.token)
  const second = await fetchExport(hasty, client.token)
  expect(second.status).toBe(503)
  expect(await second.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] })
  const other = await makeMember(hasty)
  await addScenario(other)
  expect((await exportOf(other)).scenarios).toHaveLength(1)
  first.leave()
  await vi.waitFor(async () => expect((await exportOf(client)).scenarios).toHaveLength(100), { timeout: 20_000, interval: 100 })
})

// Mutation check: red at READ COMMITTED.
test('all of it is one moment: what changes while it is sent is not in it', async () => {
  const client = await makeMember(app)
  await seedMuch(app, client.memberId, { scenarios: 100, dates: 3 })
  const reading = await beginReading(app, client.token)
  expect(await underWay(app)).toHaveLength(1)
  // The member has gone out, the receipts have not.
  clock.set('2026-03-17T12:00:00Z')
  expect(await sweep(app)).toBeGreaterThan(0)
  expect(await app.database.dayClose.count({ where: { memberId: client.memberId } })).toBeGreaterThan(0)
  const document = JSON.parse(await reading.text()) as Document
  expect(document.member.closedThrough).toBe('2026-03-14')
  expect(document.dayReceipts).toEqual([])
})
