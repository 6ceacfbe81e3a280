import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { sqlState } from '../../src/database/database.js'
import { anotherInstance, appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, type Client, checkMission, lines, makeMember, moveScenario } from '../support/client.js'
import { feedQuery } from '../support/feed.js'
import { startPgBouncer } from '../support/pgbouncer.js'
import { startProcess } from '../support/processes.js'
import { query } from '../support/query.js'

const timeOuts = { DATABASE_STATEMENT_TIMEOUT_MS: 5_000, DATABASE_LOCK_TIMEOUT_MS: 1_000, DATABASE_MAX_WAIT_MS: 5_000 }
const loadMs = Number(process.env.PGBOUNCER_LOAD_SECONDS ?? 60) * 1_000

/** A database with a role of its own, as an operator makes one. */
async function role({ config }: TestApp): Promise<{ direct: string; run(statement: string): Promise<unknown>; name: string }> {
  const name = `bouncer_${randomUUID().replaceAll('-', '')}`
  const owner = new URL(inject('databaseUrl')).username
  await query(config.DATABASE_URL, `CREATE ROLE ${name} LOGIN PASSWORD 'secret' IN ROLE ${owner}`)
  onTestFinished(async () => void (await query(inject('databaseUrl'), `DROP ROLE ${name}`)))
  const direct = Object.assign(new URL(config.DATABASE_URL), { username: name, password: 'secret' }).href
  return { direct, name, run: (statement) => query(config.DATABASE_URL, statement) }
}

/** Says of a start what stood in its way. */
async function startingFails(config: object): Promise<string> {
  const errors: string[] = []
  await startProcess({ NODE_ENV: 'test', ...config } as never, { errors }).then(
    () => expect.unreachable('It started.'),
    () => {},
  )
  return errors.join('')
}

test('a start through PgBouncer says which statements make the role fit, and they do', async () => {
  const app = await appForThisTest({ config: timeOuts })
  const { direct, name, run } = await role(app)
  const through = await startPgBouncer(direct, { poolSize: 2 })
  const config = { ...app.config, DATABASE_URL: through, MIGRATE_AT_START: false, DATABASE_PREPARED_STATEMENTS: false }
  expect(await startingFails(config), 'a parameter that PgBouncer does not know').toMatch(
    /set DATABASE_PGBOUNCER=true.*unsupported startup parameter/,
  )

  const told = await startingFails({ ...config, DATABASE_PGBOUNCER: true })
  const statements = told.match(/ALTER ROLE .*;/g) ?? []
  expect(statements).toContain(`ALTER ROLE ${name} SET lock_timeout = '1000ms';`)
  for (const statement of statements) await run(statement)
  const fresh = await startPgBouncer(direct, { poolSize: 2 })
  const started = await startProcess({ ...config, DATABASE_URL: fresh, DATABASE_PGBOUNCER: true } as never)
  expect((await fetch(`${started.url}/readyz`)).status).toBe(200)
  await started.stop()
})

/**
 * Two instances with ten connections each, through a PgBouncer that has five: members move, check, poll and read lists.
 *
 * Mutation check: red with `preparesStatements` always true: a name is another server connection's.
 */
test('two instances share a PgBouncer in transaction mode under load, and nothing fails or is lost', async () => {
  const plain = await appForThisTest({ config: timeOuts })
  const { direct, run, name } = await role(plain)
  const settings = { statement_timeout: '5s', lock_timeout: '1s', idle_in_transaction_session_timeout: '10s', TimeZone: 'UTC' }
  for (const [setting, value] of Object.entries(settings)) await run(`ALTER ROLE ${name} SET ${setting} = '${value}'`)
  const config = { ...plain.config, DATABASE_URL: await startPgBouncer(direct, { poolSize: 5 }), DATABASE_PGBOUNCER: true }
  const apps = [await anotherInstance({ ...plain, config }), await anotherInstance({ ...plain, config })]

  const counts = { operations: 0, failed: [] as string[] }
  const until = performance.now() + loadMs
  await Promise.all(Array.from({ length: 16 }, (_, index) => live(apps[index % 2] as TestApp, until, counts)))
  expect(counts.failed).toEqual([])
  expect(counts.operations).toBeGreaterThan(loadMs / 100)
  expect(await plain.app.closing.findViolations()).toEqual([])
  console.log(`PgBouncer: ${counts.operations} operations in ${loadMs / 1_000} s`)

  const client = await makeMember(apps[0] as TestApp)
  await addScenario(client)
  const holder = new pg.Client({ connectionString: plain.config.DATABASE_URL })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('BEGIN')
  await holder.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [client.memberId])
  const [{ database }] = apps as [TestApp]
  const states = await Promise.all([
    database.$queryRaw`SELECT id FROM member WHERE id = ${client.memberId}::uuid FOR UPDATE`.catch(sqlState),
    database.$queryRaw`SELECT pg_sleep(30)::text`.catch(sqlState),
  ])
  expect(states, 'the lock after a second, the statement after five').toEqual(['55P03', '57014'])
  const since = performance.now()
  const rejected = await client.rejection('mutation { updateMember(input: { nickname: "Held" }) { member { nickname } } }')
  expect(rejected.code).toBe('SERVICE_UNAVAILABLE')
  // Four times a lock of a second, and the pauses between them; without a time-out it is those of the whole unit of work, five seconds.
  expect(performance.now() - since).toBeLessThan(12_000)
  await holder.query('ROLLBACK')
  await client.run('mutation { updateMember(input: { nickname: "Free" }) { member { nickname } } }')
})

/** One member's operations, one after the other. */
async function live(app: TestApp, until: number, counts: { operations: number; failed: string[] }): Promise<void> {
  const client = await makeMember(app)
  const [first, second] = [await addScenario(client, { basicMissions: lines('Keys') }), await addScenario(client)]
  const missionId = first.basicMissions[0]?.id
  const operations: ((turn: number) => [string, object?])[] = [
    (turn) => [moveScenario, { input: turn % 2 ? { id: first.id, prevId: second.id } : { id: first.id, nextId: second.id } }],
    (turn) => [checkMission, { input: { missionId, isChecked: turn % 2 === 0 } }],
    () => [feedQuery],
    () => ['{ scenarios { id basicMissions { id } checklist { items { id isChecked } } } }'],
    (turn) => [
      'mutation ($nickname: String!) { updateMember(input: { nickname: $nickname }) { member { nickname } } }',
      { nickname: `N${turn}` },
    ],
  ]
  for (let turn = 0; performance.now() < until; turn++) {
    const [document, variables] = operations[turn % operations.length]?.(turn) ?? ['']
    const { errors } = await (client as Client).request(document, variables)
    counts.operations++
    if (errors) counts.failed.push(JSON.stringify(errors[0]))
  }
}
