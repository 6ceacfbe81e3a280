// Hazard 6: The purge on every instance (docs/concurrency.md).
import { beforeAll, expect, test, vi } from 'vitest'
import { expiredPurge } from '../../src/jobs/expired-purge.job.js'
import { Purge } from '../../src/jobs/purge.js'
import { appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, checkMission, lines, makeMember } from '../support/client.js'
import { ManualClock } from '../support/manual-clock.js'
import { compile, jobProcessConnections, startJob } from '../support/processes.js'
import { query } from '../support/query.js'

const long = process.env.LONG === 'true'
const instant = '2026-06-15T12:00:00Z'
const clock = () => new ManualClock(instant)
const never = new AbortController().signal
const soon = { timeout: 30_000, interval: 20 }
beforeAll(compile)

async function seed(app: TestApp, todayMissions = 100) {
  const members = await Promise.all(
    ['Asia/Seoul', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'].map((timeZone) => makeMember(app, { timeZone })),
  )
  for (const client of members) await addScenario(client, { basicMissions: lines('Keys') })
  // A check, and so many TODAY missions, on each of 100 days before and 10 after today.
  await app.database.$executeRaw`
    INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date)
    SELECT member_id, gen_random_uuid(), id, 'BASIC', '2026-06-15'::date + n
    FROM mission, generate_series(-100, 10) n WHERE use_date IS NULL`
  // On a connection of its own: hundreds of thousands of rows may take longer than the app's statements may.
  await query(
    app.config.DATABASE_URL,
    `INSERT INTO mission (member_id, id, scenario_id, mission_type, use_date, content, created_at)
     SELECT member_id, gen_random_uuid(), scenario.id, 'TODAY', '2026-06-15'::date + n, 'x', now() FROM scenario, generate_series(-100, 10) n, generate_series(1, ${todayMissions})`,
  )
  return members
}

/** How many dates of each member have rows, and the first of them: at 2026-06-15T12:00Z it is the 16th in Kiritimati. */
const datesLeft = (app: TestApp) => app.database.$queryRaw<{ zone: string; first: string; dates: number; rows: number }[]>`
  SELECT time_zone AS zone, min(use_date)::text AS first, count(DISTINCT use_date)::int AS dates, count(*)::int AS rows
  FROM member JOIN mission ON mission.member_id = member.id
  WHERE use_date IS NOT NULL GROUP BY time_zone ORDER BY time_zone`
const expected = (rowsEach = 101) => [
  { zone: 'Asia/Seoul', first: '2026-05-15', dates: 42, rows: 42 * rowsEach },
  { zone: 'Pacific/Kiritimati', first: '2026-05-16', dates: 41, rows: 41 * rowsEach },
  { zone: 'Pacific/Pago_Pago', first: '2026-05-15', dates: 42, rows: 42 * rowsEach },
]

test('the purge removes exactly what is past, by each member own calendar', async () => {
  const app = await appForThisTest({ clock: clock() })
  const members = await seed(app)
  await app.database.$executeRaw`
    INSERT INTO day_close (member_id, date, closed_at, source, total_count, checked_count)
    SELECT id, '2026-06-15'::date - n, now(), 'job', 0, 0 FROM member, generate_series(390, 410) n`
  await app.database.$executeRaw`
    INSERT INTO pause (member_id, id, starts_on, ends_on)
    SELECT id, gen_random_uuid(), '2026-06-15'::date - n, '2026-06-15'::date - n FROM member, generate_series(390, 410) n`
  await app.database
    .$executeRaw`INSERT INTO job_run (id, job, started_at) SELECT gen_random_uuid(), 'x', '2026-06-15T12:00:00Z'::timestamptz - n * interval '1 day' FROM generate_series(0, 40) n`
  await app.database
    .$executeRaw`UPDATE refresh_token SET expires_at = '2026-06-15T11:59:59Z' WHERE member_id = ${members[0]?.memberId}::uuid`

  await app.database.$executeRaw`
    INSERT INTO template_revision (member_id, scenario_id, through, lines)
    SELECT member_id, id, '2026-06-15'::date - n, '[]' FROM scenario, generate_series(29, 35) n`
  // Of lines that have left their template, and scenarios that were deleted, on each day around the end of history.
  await app.database.$executeRaw`
    INSERT INTO mission (member_id, id, scenario_id, mission_type, content, position, version, added_on, removed_on, created_at)
    SELECT member_id, gen_random_uuid(), id, 'BASIC', 'x', 1, 1, '2026-01-01', '2026-06-15'::date - n, now() FROM scenario, generate_series(29, 33) n`
  await app.database.$executeRaw`
    INSERT INTO scenario (member_id, id, name, position, starts_on, template_since, deleted_at, deleted_on)
    SELECT id, gen_random_uuid(), 'x', NULL, '2026-01-01', '2026-01-01', ${instant}::timestamptz - n * interval '1 day', '2026-06-15'::date - n FROM member, generate_series(29, 33) n`

  // On each hour and each day around the end of what a retry can meet.
  await app.database.$executeRaw`
    INSERT INTO operation (member_id, id, fingerprint, done_at)
    SELECT id, gen_random_uuid(), sha256('x'), '2026-06-15T12:00:00Z'::timestamptz - n * interval '1 hour' FROM member, generate_series(70, 74) n`
  await app.database.$executeRaw`
    INSERT INTO tombstone (member_id, id, scenario_id, deleted_at)
    SELECT id, gen_random_uuid(), gen_random_uuid(), '2026-06-15T12:00:00Z'::timestamptz - n * interval '1 day' FROM member, generate_series(28, 33) n`

  const { stats } = await app.app.runner.run(expiredPurge, never)
  expect(stats).toEqual({
    datedMissions: (69 + 70 + 69) * 101,
    removedLines: 3 + 4 + 3,
    revisions: 4 + 5 + 4,
    receipts: 10 + 11 + 10,
    pauses: 10 + 11 + 10,
    deletedScenarios: 3 + 4 + 3,
    refreshTokens: 1,
    signInNonces: 0,
    jobRuns: 10,
    operations: 3 * 2,
    tombstones: 3 * 3,
  })
  expect(await app.database.operation.count()).toBe(3 * 3)
  expect(await app.database.tombstone.count()).toBe(3 * 3)
  expect(await datesLeft(app)).toEqual(expected())
  expect(await app.database.mission.count({ where: { useDate: null, removedOn: null } })).toBe(3)
  expect(await app.database.refreshToken.count()).toBe(2)
  expect((await app.app.runner.run(expiredPurge, never)).stats).toEqual({
    datedMissions: 0,
    removedLines: 0,
    revisions: 0,
    receipts: 0,
    pauses: 0,
    deletedScenarios: 0,
    refreshTokens: 0,
    signInNonces: 0,
    jobRuns: 0,
    operations: 0,
    tombstones: 0,
  })
})

test('a purge that is cut off again and again goes on where it stopped, beside another one and beside writers', async () => {
  const app = await appForThisTest({ clock: clock() })
  await seed(app)
  let cuts = 0
  const cut = async () => {
    while (cuts < 5) {
      const [killed] = await app.database.$queryRaw<{ killed: boolean }[]>`
        SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%DELETE FROM mission%' AND state <> 'idle' AND pid <> pg_backend_pid() LIMIT 1`
      if (killed) cuts++
    }
  }
  let failures = 0
  const purge = new Purge({
    transact: (work) => app.database.$transaction((tx) => work({ tx, waitForLocks: true, afterCommit: () => {} })),
    calendar: { clock: clock(), graceMs: 0 },
  })
  const purgeAll = async () => {
    for (let removed = -1; removed !== 0 || cuts < 5; ) {
      removed = await purge.remove(purge.ofMembers.datedMissions, 200, { after: null, size: 1_000 }).catch(() => {
        failures++
        return -1
      })
    }
  }
  const writing = async () => {
    const client = await makeMember(app)
    for (let n = 0; n < 20; n++) await addScenario(client, { basicMissions: lines('Keys') })
  }
  await Promise.all([cut(), purgeAll(), purgeAll(), writing()])
  expect(failures).toBeGreaterThan(0)
  expect((await datesLeft(app)).filter(({ zone }) => zone !== 'UTC')).toEqual(expected())
})

/** Red when the purge takes everything in one chunk, and when it goes by UTC's date in place of each member's. */
test(`a purge whose process is killed goes on where it stopped: ${long ? '200,000 rows, five times' : 'twice'}`, {
  timeout: 600_000,
}, async () => {
  const [rowsEach, kills] = long ? [962, 5] : [101, 2]
  const app = await appForThisTest({ clock: clock() })
  const writer = await makeMember(app)
  await seed(app, rowsEach - 1)
  const { basicMissions } = await addScenario(writer, { basicMissions: lines('Keys') })

  // What the other members' 208 dates before the window still have: 200,096 rows in the long run.
  const past = async () =>
    (await app.database.mission.count({ where: { useDate: { not: null }, memberId: { not: writer.memberId } } })) - 125 * rowsEach
  let left = await past()
  expect(left).toBe(208 * rowsEach)
  let purging = true
  const writing = (async () => {
    for (let n = 0; purging; n++) {
      await writer.run(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: n % 2 === 0 } })
    }
  })()
  try {
    for (let kill = 0; kill < kills; kill++) {
      const purge = startJob(app.config, expiredPurge.name, { ttlMs: 1_000, instant })
      await vi.waitFor(async () => expect(await past()).toBeLessThan(left), soon)
      expect(await jobProcessConnections(app)).toBeGreaterThan(0)
      purge.kill('SIGKILL')
      expect(await purge.ended, 'it was killed before its end').toBeNull()
      // PostgreSQL comes to the end of the statement that it was asked for, and only then finds that nobody waits.
      await vi.waitFor(async () => expect(await jobProcessConnections(app)).toBe(0), soon)
      left = await past()
      expect(left, 'it was killed before its end').toBeGreaterThan(0)
    }
    const last = await startJob(app.config, expiredPurge.name, { ttlMs: 1_000, instant }).ended
    expect(last).toMatchObject({ datedMissions: left })
  } finally {
    purging = false
    await writing
  }
  expect((await datesLeft(app)).filter(({ zone }) => zone !== 'UTC')).toEqual(expected(rowsEach))
  expect(await app.database.mission.count({ where: { useDate: null } })).toBe(4)
})
