import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, onTestFinished, test, vi } from 'vitest'
import { anotherInstance, appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, Client, lines, makeMember } from '../support/client.js'

const deletion = 'mutation { deleteMember { deletedId } }'
const codeOf = async (client: Client) => (await client.request(deletion)).errors?.[0]?.extensions.code ?? 'deleted'

/** A member with `count` lines, each checked on 32 days: written straight into the tables. */
async function makeMemberWithChecks(app: TestApp, count: number): Promise<{ client: Client; scenarioId: string }> {
  const client = await makeMember(app)
  const { id: scenarioId } = await addScenario(client, { id: randomUUID(), basicMissions: lines('Keys') })
  const seeder = new pg.Client({ connectionString: app.config.DATABASE_URL })
  await seeder.connect()
  onTestFinished(() => seeder.end())
  await seeder.query(`
    INSERT INTO mission (member_id, id, scenario_id, mission_type, content, position, version, added_on, created_at)
      SELECT '${client.memberId}', gen_random_uuid(), '${scenarioId}', 'BASIC', 'Line', -n, 1, now()::date - 40, now() FROM generate_series(1, ${count}) n;
    INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked)
      SELECT member_id, gen_random_uuid(), id, 'BASIC', now()::date - n, true FROM mission, generate_series(0, 31) n WHERE use_date IS NULL;
    ANALYZE mission`)
  return { client, scenarioId }
}

/**
 * Mutation check: red where the foreign keys alone delete the checks, by one statement (as before: SERVICE_UNAVAILABLE each
 * time), and without `timeoutMs` in Members.delete: a transaction takes no longer than a statement may.
 */
test('a member whose checks take longer to delete than a statement may can be deleted', async () => {
  const app = await appForThisTest({ config: { DATABASE_STATEMENT_TIMEOUT_MS: 500 } })
  const { client } = await makeMemberWithChecks(app, 1_000)
  expect(await app.database.mission.count()).toBeGreaterThan(32_000)
  expect(await codeOf(client)).toBe('deleted')
  expect(await app.database.mission.count()).toBe(0)
  expect(await app.database.member.count()).toBe(0)
})

// Mutation check: red with each `deleteMissions` in a transaction of its own: checks are gone while the member is there.
test('a deletion that its operation did not wait for goes on, shows nothing half done, and a retry finds it done', async () => {
  const app = await appForThisTest()
  const { client, scenarioId } = await makeMemberWithChecks(app, 100)
  const missions = await app.database.mission.count()
  const hasty = await anotherInstance({ ...app, config: { ...app.config, OPERATION_TIMEOUT_MS: 300 } })
  const hastily = new Client(hasty.url, client.token, client.memberId)
  const holder = new pg.Client({ connectionString: app.config.DATABASE_URL })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('BEGIN')
  await holder.query('SELECT FROM scenario WHERE id = $1 FOR UPDATE', [scenarioId])

  expect(await codeOf(hastily)).toBe('SERVICE_UNAVAILABLE')
  expect(await codeOf(hastily), 'a retry meanwhile').toBe('SERVICE_UNAVAILABLE')
  expect(await app.database.mission.count()).toBe(missions)
  await holder.query('COMMIT')
  await vi.waitFor(async () => expect(await app.database.member.count()).toBe(0), { timeout: 30_000, interval: 20 })
  expect(await app.database.mission.count()).toBe(0)
  expect(await codeOf(hastily), 'a retry afterwards').toBe('UNAUTHENTICATED')
})
