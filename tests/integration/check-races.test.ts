import pg from 'pg'
import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { addScenario, checkMission, lines, makeMember } from '../support/client.js'
import { ManualClock } from '../support/manual-clock.js'

/**
 * A change of the template holds the member; a check comes to it, waits, and finds the line off the template.
 * Mutation check: red with `FOR KEY SHARE OF mission` in writeChecks, which does not conflict with the change of a line: the check then
 * decides by the line as it was before the wait, and is acknowledged.
 */
test('a check that had to wait for a change of its template is decided by the line as it is then', async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const client = await makeMember(app)
  const rounds = 10
  const { basicMissions } = await addScenario(client, { basicMissions: lines(...Array.from({ length: rounds }, (_, n) => `Line ${n}`)) })
  clock.set('2026-03-16T12:00:00Z')
  for (const { id } of basicMissions) {
    const change = new pg.Client({ connectionString: app.config.DATABASE_URL })
    await change.connect()
    await change.query('BEGIN')
    await change.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [client.memberId])
    await change.query(`UPDATE mission SET removed_on = '2026-03-16' WHERE member_id = $1 AND id = $2`, [client.memberId, id])
    const refused = client.refusal(checkMission, { input: { missionId: id, isChecked: true } })
    const waits = 'SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) AS waits'
    await expect.poll(async () => (await change.query(waits)).rows[0].waits, { timeout: 10_000 }).toBe(true)
    await change.query('COMMIT')
    await change.end()
    expect(await refused).toMatchObject({ code: 'NOT_FOUND' })
  }
  expect(await app.database.mission.count({ where: { parentMissionId: { not: null } } })).toBe(0)
})
