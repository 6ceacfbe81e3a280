import pg from 'pg'
import { expect, test } from 'vitest'
import { appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, type Client, checkForCounts, checkMission, lines, makeMember } from '../support/client.js'
import { ManualClock } from '../support/manual-clock.js'
import { updatePresentRevisions } from '../support/templates.js'

const waits = 'SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) AS waits'

/** Changes a line while checks wait for its member, and gives how they end. */
async function changeBeside<Ends>(
  app: TestApp,
  client: Client,
  change: string,
  id: string | undefined,
  check: () => Promise<Ends>,
): Promise<Ends> {
  const holder = new pg.Client({ connectionString: app.config.DATABASE_URL })
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [client.memberId])
  await holder.query(`UPDATE mission SET ${change} WHERE member_id = $1 AND id = $2`, [client.memberId, id])
  await holder.query(updatePresentRevisions.text)
  const checking = check()
  await expect.poll(async () => (await holder.query(waits)).rows[0].waits, { timeout: 10_000 }).toBe(true)
  await holder.query('COMMIT')
  await holder.end()
  return checking
}

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
    const check = () => client.rejection(checkMission, { input: { missionId: id, isChecked: true } })
    expect(await changeBeside(app, client, `removed_on = '2026-03-16'`, id, check)).toMatchObject({ code: 'NOT_FOUND' })
  }
  expect(await app.database.mission.count({ where: { parentMissionId: { not: null } } })).toBe(0)
})

/**
 * In the grace of a Sunday its line becomes one for Tuesdays. Mutation check: red with `FOR KEY SHARE OF mission` (today's check is
 * acknowledged), and where only the present days are looked at (yesterday's is not).
 */
test("a check that had to wait for a change of its line's days finds the days of its date", async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const client = await makeMember(app)
  const { basicMissions } = await addScenario(client, { basicMissions: lines(...Array.from({ length: 10 }, (_, n) => `Line ${n}`)) })
  clock.set('2026-03-16T00:01:00Z')
  const tuesdays = `weekdays = 2, earlier_weekdays = '{127}', earlier_weekdays_until = '{2026-03-15}'`
  for (const [index, { id }] of basicMissions.entries()) {
    const date = index % 2 ? '2026-03-15' : '2026-03-16'
    const { errors } = await changeBeside(app, client, tuesdays, id, () =>
      client.request(checkMission, { input: { missionId: id, isChecked: true, date } }),
    )
    expect(errors?.[0]?.extensions.code, date).toBe(index % 2 ? undefined : 'NOT_FOUND')
  }
  expect(await app.database.mission.count({ where: { parentMissionId: { not: null } } })).toBe(5)
})

// Mutation check: red without `hasWaited` in Checks.#complete: the counts were as before the wait.
test('a check that had to wait for a change of its template is answered with the checklist as it is then', async () => {
  const app = await appForThisTest({ clock: new ManualClock('2026-03-15T12:00:00Z') })
  const client = await makeMember(app)
  const [keys, ...others] = (await addScenario(client, { basicMissions: lines('Keys', 'Gas', 'Lights') })).basicMissions
  for (const [index, { id }] of others.entries()) {
    const check = () => client.run(checkForCounts, { input: { missionId: keys?.id, isChecked: true } })
    const { checklist } = (await changeBeside(app, client, `removed_on = '2026-03-15'`, id, check)).checkMission
    expect(checklist).toEqual({ checkedCount: 1, totalCount: 2 - index })
  }
})

/**
 * A change that is committed between a check's snapshot and its lock: the line is the new one, and the counts would be the old ones.
 * Mutation check: red without `written_by` in `countsWith`.
 */
test('a check beside a change of its template has either all of the change or nothing of it', async () => {
  const app = await appForThisTest({ clock: new ManualClock('2026-03-15T12:00:00Z') })
  const client = await makeMember(app)
  const { id: scenarioId, basicMissions } = await addScenario(client, { basicMissions: lines('1') })
  const [{ id: missionId } = { id: '' }] = basicMissions
  const changeTemplate = 'mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { listVersion } }'
  const check = 'mutation ($input: CheckMissionInput!) { checkMission(input: $input) { item { content } checklist { totalCount } } }'
  let isChanging = true
  const changing = (async () => {
    for (let round = 0; round < 150; round++) {
      const added = Array.from({ length: round % 2 }, () => ({ content: 'Another' }))
      const input = { id: scenarioId, basicMissions: [{ id: missionId, content: String(1 + added.length) }, ...added] }
      await client.run(changeTemplate, { input })
    }
    isChanging = false
  })()
  const checking = Array.from({ length: 4 }, async () => {
    while (isChanging) {
      const { item, checklist } = (await client.run(check, { input: { missionId, isChecked: true } })).checkMission
      expect(`${checklist.totalCount} missions`).toBe(`${item.content} missions`)
    }
  })
  await Promise.all([changing, ...checking])
})
