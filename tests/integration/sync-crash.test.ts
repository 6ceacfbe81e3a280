import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../src/database/migrate.js'
import { startEmbedded } from '../../src/embedded/embedded.js'
import { appForThisTest } from '../support/app.js'
import { addScenario, checkMission, lines, makeMember } from '../support/client.js'
import { postgresOf, soon } from '../support/embedded.js'
import { query } from '../support/query.js'

const changes = 'query ($since: SyncToken) { changes(since: $since) { token fullSync checklists { checkedCount } } }'

/**
 * A change is rolled back, a client syncs, and PostgreSQL is killed before anything of that reached the disk: it gives out the number of
 * the rolled back transaction once more, to a check.
 *
 * Mutation check: red with `pg_current_snapshot()` in place of `lasting_snapshot()` in findChanges: the check counts as one that the client has.
 */
test('a change under a number that a crash has given out again is told', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'doorstep-crash-'))
  const log = { info() {}, warn() {} }
  const embedded = await startEmbedded({ dataDir, postgres: true, redis: false, durable: true, log })
  onTestFinished(async () => {
    await embedded.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const databaseUrl = embedded.databaseUrl as string
  await migrate(databaseUrl)
  await query(databaseUrl, "ALTER SYSTEM SET wal_writer_delay = '10s'")
  await query(databaseUrl, 'SELECT pg_reload_conf()')
  const app = await appForThisTest({ config: { DATABASE_URL: databaseUrl } })
  const client = await makeMember(app)
  const { basicMissions } = await addScenario(client, { basicMissions: lines('1', '2', '3', '4', '5') })

  let given = 0
  for (const [index, { id }] of basicMissions.entries()) {
    const rolledBack = await rollBackChange(databaseUrl, client.memberId)
    const { token } = (await client.run(changes, { since: null })).changes
    await crash(databaseUrl)
    await client.run(checkMission, { input: { missionId: id, isChecked: true } })
    const [check] = await app.database.$queryRaw<[{ writer: string }]>`
      SELECT written_by::text AS writer FROM mission WHERE parent_mission_id = ${id}::uuid`
    if (check.writer === rolledBack) given++
    const told = (await client.run(changes, { since: token })).changes
    expect(told).toMatchObject({ fullSync: false, checklists: [{ checkedCount: index + 1 }] })
  }
  expect(given, 'numbers that were given out again').toBeGreaterThan(0)
})

/** Gives the number of a transaction that locked a member and was rolled back. */
async function rollBackChange(databaseUrl: string, memberId: string): Promise<string> {
  const connection = new pg.Client({ connectionString: databaseUrl })
  await connection.connect()
  await connection.query('BEGIN')
  await connection.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [memberId])
  const { rows } = await connection.query('SELECT pg_current_xact_id()::text AS id')
  await connection.query('ROLLBACK')
  await connection.end()
  return rows[0].id
}

/** Kills PostgreSQL, and waits until it serves again. */
async function crash(databaseUrl: string): Promise<void> {
  const pid = await postgresOf(databaseUrl)
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => postgresOf(databaseUrl).catch(() => pid), soon).not.toBe(pid)
}
