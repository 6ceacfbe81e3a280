import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Queryable } from '../../src/database/database.js'
import { Prisma } from '../../src/generated/prisma/client.js'
import { runCommand } from '../../src/jobs/cli.js'
import { Sync } from '../../src/sync/sync.service.js'
import { findChanges } from '../../src/sync/sync.sql.js'
import { type SyncPoint, syncPoint, syncToken } from '../../src/sync/sync-token.js'
import { appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, checkMission, lines, makeList, makeMember, mutation } from '../support/client.js'
import { ManualClock } from '../support/manual-clock.js'
import { updatePresentRevisions } from '../support/templates.js'

let app: TestApp
const clock = new ManualClock('2026-03-10T12:00:00Z')
beforeAll(async () => {
  app = await startTestApp({ clock })
})
afterAll(() => app.stop())

const changes = `query ($since: SyncToken) {
  changes(since: $since) {
    token fullSync deletedIds
    member { id listVersion scenarios { id } }
    scenarios { id name version basicMissions { id content } }
    checklists { id date checkedCount totalCount scenario { id } items { id content isChecked } }
  }
}`
const since = async (client: Client, token: string | null) => (await client.run(changes, { since: token })).changes
const deleteScenario = 'mutation ($id: ID!) { deleteScenario(input: { id: $id }) { deletedId } }'

test('without a token everything is there: all scenarios, and the lists of yesterday and today', async () => {
  const client = await makeMember(app)
  const first = await addScenario(client, { basicMissions: lines('Keys') })
  const second = await addScenario(client)
  const all = await since(client, null)
  expect(all).toMatchObject({ fullSync: true, deletedIds: [], member: { scenarios: [{ id: second.id }, { id: first.id }] } })
  expect(all.scenarios.map(({ id }: { id: string }) => id)).toEqual([second.id, first.id])
  expect(all.checklists.map(({ id }: { id: string }) => id).sort()).toEqual(
    [first.id, second.id].flatMap((id) => [`${id}:2026-03-09`, `${id}:2026-03-10`]).sort(),
  )
})

// Mutation check: red with `has` in place of `delete` in Sync.changes: today is requested once as today, and once by its date.
test('a list is told once, whatever else is requested of its scenario', async () => {
  const client = await makeMember(app)
  const scenario = await addScenario(client, { basicMissions: lines('Keys') })
  const { changes } = await client.run('{ changes { scenarios { checklist { id } } checklists { id } } }')
  expect(changes.scenarios).toEqual([{ checklist: { id: `${scenario.id}:2026-03-10` } }])
  expect(changes.checklists.map(({ id }: { id: string }) => id).sort()).toEqual([`${scenario.id}:2026-03-09`, `${scenario.id}:2026-03-10`])
})

/**
 * It is priced by what is requested: sixty of these read 600,000 lines, and took 2.5 s. A template that can't be read tells whether it was.
 * Mutation check: red with `withChecklists: true` in SyncResolver.
 */
test('what of the changes is not requested is not read', async () => {
  const own = await appForThisTest({ clock })
  const client = await makeMember(own)
  await addScenario(client, { basicMissions: lines('Keys') })
  await own.database.$executeRaw`UPDATE template_revision SET lines = '[null]'`
  expect((await client.rejection('{ changes { checklists { id } } }')).code).toBe('INTERNAL_SERVER_ERROR')
  expect((await client.run('{ changes { token fullSync deletedIds member { id } } }')).changes).toMatchObject({ fullSync: true })
})

test('with a token there is what has changed since, and nothing else', async () => {
  const client = await makeMember(app)
  const scenario = await addScenario(client, { basicMissions: lines('Keys', 'Phone') })
  const other = await addScenario(client, { basicMissions: lines('Towel') })
  const { token } = await since(client, null)
  expect(await since(client, token)).toMatchObject({ fullSync: false, scenarios: [], checklists: [], deletedIds: [] })

  const [keys] = scenario.basicMissions
  await client.run(checkMission, { input: { missionId: keys?.id, isChecked: true, date: '2026-03-12' } })
  const checked = await since(client, token)
  expect(checked).toMatchObject({ scenarios: [], deletedIds: [] })
  expect(checked.checklists).toMatchObject([{ id: `${scenario.id}:2026-03-12`, checkedCount: 1, scenario: { id: scenario.id } }])

  await client.run(addTodayMission, { input: { scenarioId: other.id, content: 'Ticket' } })
  const added = await since(client, checked.token)
  expect(added.checklists).toMatchObject([{ id: `${other.id}:2026-03-10`, totalCount: 2 }])

  await client.run('mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { listVersion } }', {
    input: { id: other.id, basicMissions: lines('Towel', 'Shoes') },
  })
  const edited = await since(client, added.token)
  expect(edited.scenarios).toMatchObject([{ id: other.id, basicMissions: [{ content: 'Towel' }, { content: 'Shoes' }] }])
  expect(edited.checklists).toMatchObject([{ id: `${other.id}:2026-03-10`, totalCount: 3 }, { id: `${other.id}:2026-03-09` }])
  // What a client has of later days is no longer true.
  expect(edited.deletedIds).toContain(`${other.id}:2026-03-11`)
})

test('a scenario that is deleted is told by its id', async () => {
  const client = await makeMember(app)
  const gone = await addScenario(client, { basicMissions: lines('Keys') })
  const { token } = await since(client, null)
  await client.run(deleteScenario, { id: gone.id })
  expect(await since(client, token)).toMatchObject({ scenarios: [], deletedIds: [gone.id, `${gone.id}:notification`] })
})

test('what is deleted is told by its id: a scenario, a line, a TODAY mission', async () => {
  const client = await makeMember(app)
  const gone = await addScenario(client, { basicMissions: lines('Keys') })
  const kept = await addScenario(client, { basicMissions: lines('Keys', 'Phone') })
  const { addTodayMission: added } = await client.run(addTodayMission, { input: { scenarioId: kept.id, content: 'Ticket' } })
  const { token } = await since(client, null)
  await client.run(deleteScenario, { id: gone.id })
  await client.run('mutation ($id: ID!) { deleteTodayMission(input: { missionId: $id }) { checklist { id } } }', { id: added.item.id })
  await client.run('mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { listVersion } }', {
    input: { id: kept.id, basicMissions: [{ id: kept.basicMissions[0]?.id, content: 'Keys' }] },
  })
  const { deletedIds, checklists, scenarios } = await since(client, token)
  expect(deletedIds).toEqual(expect.arrayContaining([gone.id, `${gone.id}:notification`, added.item.id, kept.basicMissions[1]?.id]))
  expect(scenarios).toMatchObject([{ id: kept.id, basicMissions: [{ content: 'Keys' }] }])
  expect(checklists).toMatchObject([{ id: `${kept.id}:2026-03-10`, totalCount: 1 }, { id: `${kept.id}:2026-03-09` }])
})

test('a template that was changed before midnight is told of after it with the list of yesterday', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client, { basicMissions: lines('Keys') })
  const { token } = await since(client, null)
  await client.run(mutation('addMission', 'listVersion'), { input: { scenarioId: id, content: 'Phone' } })
  clock.set('2026-03-11T00:30:00Z')
  onTestFinished(() => clock.set('2026-03-10T12:00:00Z'))
  const { checklists } = await since(client, token)
  expect(checklists).toMatchObject([
    { id: `${id}:2026-03-11`, totalCount: 2 },
    { id: `${id}:2026-03-10`, totalCount: 2 },
  ])
})

test('a new scenario without a mission has a list of today', async () => {
  const client = await makeMember(app)
  const { token } = await since(client, null)
  const { id } = await addScenario(client)
  expect((await since(client, token)).checklists).toMatchObject([{ id: `${id}:2026-03-10`, totalCount: 0 }])
})

test('a token that is too old, of another member, of another history or of a future that never was leads to a full sync', async () => {
  const client = await makeMember(app)
  await addScenario(client)
  const { token } = await since(client, null)
  const point = syncPoint(token)
  if (!point) throw new Error('That is no token.')
  const future = point.snapshot.replaceAll(/\d+/g, (id) => String(BigInt(id) + 1_000_000n))
  for (const unusable of [
    { ...point, memberId: crypto.randomUUID() },
    { ...point, history: `${point.history}x` },
    { ...point, history: point.history.replace(/.{8}$/, '00000007') },
    { ...point, snapshot: future },
    { ...point, takenAt: point.takenAt - 30 * 86_400 },
  ]) {
    expect((await since(client, syncToken(unusable))).fullSync, JSON.stringify(unusable)).toBe(true)
  }
  expect((await since(client, syncToken(point))).fullSync).toBe(false)
})

// Mutation check: red without `beginHistory` in `restored`: a disk that was set back has the cluster and the timeline of before.
test('after a restoration each token leads to a full sync, and each stream looks at its member', async () => {
  const restored = await appForThisTest({ clock })
  const client = await makeMember(restored)
  const { token } = await since(client, null)
  const point = syncPoint(token) as SyncPoint
  const sync = new Sync({ sqlClient: restored.database, calendar: { clock, graceMs: 120_000 } })
  expect(await sync.changedMembers([point])).toEqual([])
  expect(await runCommand(restored.app, ['restored'], () => {})).toBe(0)
  const again = await since(client, token)
  expect(again.fullSync).toBe(true)
  expect((await since(client, again.token)).fullSync).toBe(false)
  expect(await sync.changedMembers([{ ...(syncPoint(again.token) as SyncPoint), history: point.history }])).toEqual([client.memberId])
})

// Mutation check: red without the bound in Sync.look (400,000 ids took 2.6 s).
test('what was deleted is told by its ids up to 5,000; where there is more, everything that is left is', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client)
  const { token } = await since(client, null)
  const deleteSome = (count: number) => app.database.$executeRaw`
    INSERT INTO tombstone (member_id, id, scenario_id, use_date, deleted_at)
    SELECT ${client.memberId}::uuid, gen_random_uuid(), ${id}::uuid, '2026-03-01', '2026-03-10' FROM generate_series(1, ${count}::int)`
  await deleteSome(5_000)
  const bounded = await since(client, token)
  expect(bounded).toMatchObject({ fullSync: false, scenarios: [] })
  expect(bounded.deletedIds).toHaveLength(10_000)
  await deleteSome(1)
  expect(await since(client, token)).toMatchObject({ fullSync: true, deletedIds: [], scenarios: [{ id }] })
  expect(await since(client, bounded.token)).toMatchObject({ fullSync: false })
})

type Plan = { 'Relation Name'?: string; 'Actual Rows': number; 'Actual Loops': number; 'Rows Removed by Filter'?: number; Plans?: Plan[] }
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/**
 * Looked for by each scenario, 100,000 tombstones took `changes` past its deadline. PostgreSQL tells how many rows it read.
 * Mutation check: red with the deleted lines looked for by an EXISTS in each scenario, in findChanges.
 */
test('what was deleted is read once, however many scenarios there are', async () => {
  const own = await appForThisTest({ clock })
  const { client, ids } = await makeList(own, 30)
  await own.database.$executeRaw`
    INSERT INTO tombstone (member_id, id, scenario_id, deleted_at)
    SELECT ${client.memberId}::uuid, gen_random_uuid(), ${ids[0]}::uuid, '2026-03-10' FROM generate_series(1, 2000)`
  await own.database.$executeRaw`ANALYZE`
  const point = syncPoint((await since(client, null)).token) as SyncPoint
  const explain = (texts: TemplateStringsArray, ...values: unknown[]) =>
    own.database.$queryRaw`EXPLAIN (ANALYZE, FORMAT JSON) ${Prisma.sql(texts, ...values)}`
  const explainer = { $queryRaw: explain } as unknown as Queryable
  const explained: unknown = await findChanges(explainer, { clock, graceMs: 120_000 }, client.memberId, point)
  const read = nodesOf((explained as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan)
    .filter((node) => node['Relation Name'] === 'tombstone')
    .map((node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'])
  expect(read.length).toBeGreaterThan(0)
  expect(read.reduce((sum, rows) => sum + rows, 0)).toBe(2_000)
})

// Mutation check: red without the join with the scenarios that are there, in findChanges.
test('lists of deleted scenarios take no places among the 300 of those that are there', async () => {
  const { client, ids } = await makeList(app, 21)
  const [kept, ...deleted] = ids
  await client.run(addTodayMission, { input: { scenarioId: kept, content: 'Ticket', date: '2026-03-24' } })
  await app.database.$executeRaw`
    INSERT INTO mission (member_id, id, scenario_id, mission_type, use_date, content, created_at)
    SELECT member_id, gen_random_uuid(), id, 'TODAY', '2026-03-10'::date + n, 'Cake', now()
    FROM scenario, generate_series(0, 14) n WHERE id = ANY (${deleted}::uuid[])`
  for (const id of deleted) await client.run(deleteScenario, { id })
  const all = await since(client, null)
  expect(all.checklists.map(({ date }: { date: string }) => date).sort()).toEqual(['2026-03-09', '2026-03-10', '2026-03-24'])
})

// Mutation check: red with a `taken_at` of 32 bits.
test('a token has its instant after January 2038, too', async () => {
  onTestFinished(() => clock.set('2026-03-10T12:00:00Z'))
  clock.set('2040-03-10T12:00:00Z')
  const client = await makeMember(app)
  await addScenario(client)
  const { token } = await since(client, null)
  expect(await since(client, token)).toMatchObject({ fullSync: false, scenarios: [] })
})

const notAMember = Buffer.from(`1 ${'-'.repeat(36)} 1 1 1:1:`).toString('base64url')
const noSnapshot = syncToken({ memberId: crypto.randomUUID(), history: '1.00000001', takenAt: 1, snapshot: '5:9' })
test.each(['x', '', 'a'.repeat(5_000), Buffer.from('1 2 3 4 5').toString('base64url'), notAMember, noSnapshot])(
  '%j is no token: BAD_USER_INPUT',
  async (token) => {
    const client = await makeMember(app)
    expect((await client.rejection(changes, { since: token })).code).toBe('BAD_USER_INPUT')
  },
)

// Mutation check: red where the snapshot of a token is cast without asking PostgreSQL whether it is one.
test.each(['5:4:', '0:4:', '5:9:9', '5:9:4', '5:9:7,6', '5:9:,', '5:9:5,,6', `5:${'9'.repeat(30)}:`])(
  'a token with the snapshot %s, which PostgreSQL does not take, leads to a full sync',
  async (snapshot) => {
    const client = await makeMember(app)
    const point = syncPoint((await since(client, null)).token) as SyncPoint
    expect(await since(client, syncToken({ ...point, snapshot }))).toMatchObject({ fullSync: true })
    expect(await since(client, syncToken({ ...point, snapshot: '5:9:5,7,8' }))).toMatchObject({ fullSync: false })
  },
)

// Mutation check: red where a token may have 4,096 characters: a client could not go on with the one that it was given.
test('a token that names a thousand transactions under way is one', async () => {
  const client = await makeMember(app)
  await addScenario(client)
  const point = syncPoint((await since(client, null)).token)
  if (!point) throw new Error('That is no token.')
  const underWay = Array.from({ length: 1_000 }, (_, index) => 4_000_000_000 + index)
  const token = syncToken({ ...point, history: 'x', snapshot: `${underWay[0]}:4000001000:${underWay.join(',')}` })
  expect(await since(client, token)).toMatchObject({ fullSync: true })
})

// Mutation check: red where rows are compared with the token's xmax alone (`written_by >= pg_snapshot_xmax(since)`).
test('a change that began before a token was taken and commits after it is never missed, 50 times', async () => {
  const client = await makeMember(app)
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Phone') })
  const writer = new pg.Client({ connectionString: app.config.DATABASE_URL })
  await writer.connect()
  let { token } = await since(client, null)
  for (let turn = 1; turn <= 50; turn++) {
    await writer.query('BEGIN')
    await writer.query('UPDATE mission SET content = $1 WHERE member_id = $2 AND id = $3', [
      `Keys ${turn}`,
      client.memberId,
      basicMissions[0]?.id,
    ])
    await writer.query(updatePresentRevisions.text)
    // Others commit meanwhile, so that the token is of a later transaction than the one that is still under way.
    await client.run(checkMission, { input: { missionId: basicMissions[1]?.id, isChecked: turn % 2 === 0, date: '2026-03-11' } })
    await client.run('mutation ($name: String!) { updateMember(input: { nickname: $name }) { member { id } } }', { name: `n${turn}` })
    const before = await since(client, token)
    await writer.query('COMMIT')
    const after = await since(client, before.token)
    expect(after.scenarios, `turn ${turn}`).toMatchObject([{ id, basicMissions: [{ content: `Keys ${turn}` }, {}] }])
    token = after.token
  }
  await writer.end()
})
