import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import {
  addScenario,
  addTodayMission,
  type Client,
  checkForCounts,
  checkMission,
  lines,
  makeMember,
  moveScenario,
  mutation,
} from '../support/client.js'
import { insertPresentRevisions } from '../support/templates.js'

/** One connection, which PostgreSQL can then be asked about: it knows every statement that was sent to it. */
let app: TestApp
let client: Client
let ids: string[]
let missionId: string

beforeAll(async () => {
  app = await startTestApp({ config: { DATABASE_POOL_SIZE: 1 } })
  const seeder = new pg.Client({ connectionString: app.config.DATABASE_URL })
  await seeder.connect()
  // Without looking up each row's foreign keys and without a log for a crash: they are right, and may go.
  await seeder.query(`
    SET session_replication_role = replica; SET synchronous_commit = off;
    INSERT INTO member (id, nickname, time_zone, closed_through, next_close_at, last_seen_on)
      SELECT uuidv7(), 'Member ' || n, 'UTC', now()::date - 1, date_trunc('day', now(), 'UTC') + interval '1 day', now()::date FROM generate_series(1, 10000) n;
    INSERT INTO identity (provider, subject, member_id) SELECT 'development', id::text, id FROM member;
    INSERT INTO refresh_token (token_hash, member_id, family, expires_at) SELECT sha256(id::text::bytea), id, id, now() + interval '9 days' FROM member;
    INSERT INTO scenario (id, member_id, name, position, starts_on, template_since) SELECT uuidv7(), id, 'Scenario', n, now()::date - 9, now()::date - 9 FROM member, generate_series(1, 10) n;
    INSERT INTO notification (member_id, scenario_id, active, method, days_of_week, time) SELECT member_id, id, true, 'PUSH', '{MONDAY}', '07:00' FROM scenario;
    INSERT INTO mission (member_id, id, scenario_id, mission_type, content, position, version, added_on, created_at)
      SELECT member_id, uuidv7(), id, 'BASIC', 'Line', n, 1, now()::date - 9, now() FROM scenario, generate_series(1, 10) n;
    INSERT INTO template_revision (member_id, scenario_id, through, lines)
      SELECT member_id, id, now()::date - n, '[]' FROM scenario, generate_series(1, 2) n;
    ${insertPresentRevisions.text};
    INSERT INTO pause (member_id, id, starts_on, ends_on) SELECT id, gen_random_uuid(), now()::date + 40, now()::date + 41 FROM member;
    INSERT INTO day_close (member_id, date, closed_at, source, total_count, checked_count) SELECT id, now()::date - 1, now(), 'job', 100, 0 FROM member;
    INSERT INTO operation (member_id, id, fingerprint, done_at) SELECT id, gen_random_uuid(), sha256('x'), now() FROM member;
    INSERT INTO tombstone (member_id, id, scenario_id, deleted_at) SELECT member_id, gen_random_uuid(), id, now() FROM scenario;
    ANALYZE`)
  await seeder.end()
  client = await makeMember(app)
  const scenarios = [await addScenario(client, { basicMissions: lines('Keys') }), await addScenario(client), await addScenario(client)]
  ids = scenarios.map(({ id }) => id)
  missionId = scenarios[0]?.basicMissions[0]?.id as string
  return () => app.stop()
}, 300_000)

const list = '{ scenarios { id name notification { active time } basicMissions { id } checklist { items { id isChecked } } } }'
const poll = 'query ($etag: String) { notifications(ifNoneMatch: $etag) { etag notModified items { name } } }'

const operations: Record<string, { run(): Promise<unknown>; statements: number }> = {
  'a list': { run: () => client.run(list), statements: 1 },
  'a list with another date': { run: () => client.run('{ me { today } scenarios { checklist(date: null) { date } } }'), statements: 2 },
  'one scenario': { run: () => client.run('query ($id: ID!) { scenario(id: $id) { name } }', { id: ids[0] }), statements: 1 },
  'a check': { run: () => client.run(checkForCounts, { input: { missionId, isChecked: true } }), statements: 1 },
  'a check with the list of its day': { run: () => client.run(checkMission, { input: { missionId, isChecked: true } }), statements: 2 },
  'a check with own fields of its scenario and its member': {
    run: () =>
      client.run(checkMission.replace('items {', 'scenario { name } items {').replace('item {', 'member { nickname dayEndsAt } item {'), {
        input: { missionId, isChecked: true },
      }),
    statements: 2,
  },
  'a check with the whole list': {
    run: () =>
      client.run(checkMission.replace('item {', 'member { scenarios { name } } item {'), { input: { missionId, isChecked: true } }),
    statements: 2,
  },
  'the member with the list': { run: () => client.run(list.replace('{', '{ me { nickname dayEndsAt').concat(' }')), statements: 1 },
  'a scenario by its id': { run: () => client.run('query ($id: ID!) { node(id: $id) { id } }', { id: ids[0] }), statements: 1 },
  'a line by its id': { run: () => client.run('query ($id: ID!) { node(id: $id) { id } }', { id: missionId }), statements: 1 },
  // Beside BEGIN and COMMIT: the lock, the list, the new position.
  'a move': { run: () => client.run(moveScenario, { input: { id: ids[0], nextId: ids[1] } }), statements: 3 },
  // What was done, and the operation with the position.
  'a move with an operation': {
    run: () => client.run(moveScenario, { input: { operationId: randomUUID(), id: ids[0], nextId: ids[1] } }),
    statements: 4,
  },
  'a check with an operation': {
    run: () => client.run(checkForCounts, { input: { operationId: randomUUID(), missionId, isChecked: true } }),
    statements: 1,
  },
  'a line': {
    run: () => client.run(mutation('addMission', 'listVersion'), { input: { scenarioId: ids[1], content: 'Gas' } }),
    statements: 5,
  },
  'twenty checks of a phone that was away': {
    run: () =>
      client.run(mutation('checkMissions', 'member { id } results { item { id } checklist { checkedCount } }'), {
        input: {
          checks: Array.from({ length: 20 }, (_, n) => ({
            operationId: randomUUID(),
            missionId,
            isChecked: true,
            date: new Date(Date.now() + (n % 10) * 86_400_000).toISOString().slice(0, 10),
          })),
        },
      }),
    statements: 5,
  },
  'a poll that finds nothing new': {
    run: async () => client.run(poll, { etag: (await client.run('{ notifications { etag } }')).notifications.etag }),
    statements: 2,
  },
  'a mission for today': { run: () => client.run(addTodayMission, { input: { scenarioId: ids[0], content: 'Cake' } }), statements: 4 },
  'a change': {
    run: () =>
      client.run('mutation ($i: UpdateScenarioInput!) { updateScenario(input: $i) { listVersion } }', {
        i: { id: ids[0], name: randomUUID() },
      }),
    statements: 4,
  },
  'a sweep that finds nothing due': { run: () => app.app.closing.closeDue(new AbortController().signal), statements: 1 },
}

/** The statements that the connection was sent, and how often each was run. */
const sent = () =>
  app.database.$queryRaw<{ statement: string; runs: number }[]>`
    SELECT statement, (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements
    WHERE statement !~* '^\\s*(BEGIN|COMMIT|ROLLBACK)' AND statement !~ 'pg_prepared_statements'
      -- The look for sessions that have ended comes every two seconds, whatever is requested.
      AND statement !~ 'revoked_at > '
      -- The metrics tell the tables' version, by a table of a dozen rows.
      AND statement !~ '_prisma_migrations'`

const runs = (all: { runs: number }[]) => all.reduce((sum, { runs }) => sum + runs, 0)

/** Mutation check: red with a look at the member added to a poll. */
test.each(Object.keys(operations))('%s takes no more statements than it needs', async (name) => {
  const { run, statements } = operations[name] as (typeof operations)[string]
  await run()
  const before = await sent()
  await run()
  expect(runs(await sent()) - runs(before)).toBe(statements)
})

/**
 * With one connection one batch goes at a time: the first move goes alone, the others in batches of 16.
 * Mutation check: red with `maxBatchSize: 1` in composition/services.ts.
 */
test('a burst of moves of one member takes one transaction for sixteen of them', async () => {
  const input = { id: ids[0], nextId: ids[1] }
  await client.run(moveScenario, { input })
  const before = await sent()
  await Promise.all(Array.from({ length: 33 }, () => client.run(moveScenario, { input })))
  // Where the load is slow to come, some go earlier and in smaller batches.
  expect(runs(await sent()) - runs(before)).toBeLessThan(33)
  expect(await app.app.metrics.metrics()).toMatch(/doorstep_batch_size_sum\{of="moves"\} \d/)
})

type Plan = { 'Node Type': string; 'Relation Name'?: string; 'Index Cond'?: string; Plans?: Plan[] }
/** An index that is read without a condition is read from end to end too. */
const readsAll = (node: Plan) => node['Node Type'] === 'Seq Scan' || (/^Index/.test(node['Node Type']) && !node['Index Cond'])
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/**
 * Mutation check: red without the index mission_scenario_idx. So soon after the seed
 * the statistics know of no row with a date, which is when PostgreSQL has made its worst plans.
 */
test('no statement of any of them reads a table from end to end, among a million missions', async () => {
  for (const { run } of Object.values(operations)) await run()
  const explainer = new pg.Client({ connectionString: app.config.DATABASE_URL })
  await explainer.connect()
  const whole: string[] = []
  let looked = 0
  for (const { statement } of await sent()) {
    const { rows } = await explainer.query(`EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${statement}`)
    const nodes = nodesOf(rows[0]['QUERY PLAN'][0].Plan)
    looked += nodes.filter((node) => /Index/.test(node['Node Type'])).length
    for (const node of nodes.filter(readsAll)) whole.push(`${node['Relation Name']}: ${statement}`)
  }
  await explainer.end()
  expect(whole).toEqual([])
  expect(looked).toBeGreaterThan(20)
})
