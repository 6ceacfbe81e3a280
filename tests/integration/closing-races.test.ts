// Hazard 2: The midnight batch beside taps (docs/concurrency.md).
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createApp } from '../../src/app.js'
import { addDays } from '../../src/dates.js'
import { createLog } from '../../src/log.js'
import { appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, checkMission, lines, makeMember } from '../support/client.js'
import { seedDueMembers, sweep } from '../support/days.js'
import { ManualClock } from '../support/manual-clock.js'

const long = process.env.LONG === 'true'

test('sixty-four writers across a midnight: what was acknowledged is in its day, what was rejected is DAY_CLOSED', async () => {
  const midnights = long ? 20 : 6
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const client = await makeMember(app)
  const { basicMissions } = await addScenario(client, { basicMissions: lines(...Array.from({ length: 64 }, (_, n) => `Line ${n}`)) })
  let [acknowledged, rejected] = [0, 0]
  for (let midnight = 0; midnight < midnights; midnight++) {
    const date = addDays('2026-03-15', midnight)
    clock.set(`${addDays(date, 1)}T00:01:59Z`)
    const checked = new Set<string>()
    let waiting = 64
    let closing: Promise<unknown> = Promise.resolve()
    await Promise.all(
      basicMissions.map(async ({ id }) => {
        for (let turn = 0; turn < 20; turn++) {
          const { errors } = await client.request(checkMission, { input: { missionId: id, isChecked: true, date } })
          if (!errors) checked.add(id)
          else expect(errors[0]?.extensions).toMatchObject({ code: 'DAY_CLOSED' })
          if (errors) return void rejected++
          acknowledged++
          // With half of the writers still on their way, the grace ends and the day is closed.
          if (--waiting === 32) {
            clock.set(`${addDays(date, 1)}T00:02:00Z`)
            closing = sweepUntilClosed(app, client.memberId, date)
          }
        }
        throw new Error('The day was never closed.')
      }),
    )
    await closing
    const receipt = await app.database.dayClose.findFirstOrThrow({ where: { date: new Date(date) } })
    const rows = await app.database.mission.findMany({
      where: { useDate: new Date(date) },
      select: { parentMissionId: true, isChecked: true },
    })
    expect(rows).toHaveLength(checked.size)
    expect(new Set(rows.filter(({ isChecked }) => isChecked).map(({ parentMissionId }) => parentMissionId))).toEqual(checked)
    expect(receipt).toMatchObject({ totalCount: 64, checkedCount: checked.size })
  }
  expect(acknowledged).toBeGreaterThan(32 * midnights)
  expect(rejected).toBe(64 * midnights)
  expect(await app.app.closing.findViolations()).toEqual([])
})

/**
 * Each check is stopped in the middle of its statement (another transaction has inserted the same child and not committed)
 * while its day comes to an end and the job comes round. Mutation check: red with `FOR KEY SHARE OF member`, which the closing does not wait for,
 * in the one form of the locks of writeChecks or, where it has waited for its member before, in the other: the day is then closed in between,
 * and the acknowledged check stands in a row that the receipt has not counted.
 */
test.each(['at once', 'after a wait for its member'])(
  'a check that is on its way, %s, when its day is closed is in its day',
  async (when) => {
    const clock = new ManualClock('2026-03-15T12:00:00Z')
    const app = await appForThisTest({ clock })
    for (let round = 0; round < 20; round++) {
      const date = addDays('2026-03-15', round)
      clock.set(`${date}T12:00:00Z`)
      const client = await makeMember(app)
      const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
      clock.set(`${addDays(date, 1)}T00:01:59Z`)
      const keys = basicMissions[0]?.id as string
      const blocker = new pg.Client({ connectionString: app.config.DATABASE_URL })
      await blocker.connect()
      await blocker.query('BEGIN')
      await blocker.query(
        `INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date) VALUES ($1, gen_random_uuid(), $2, 'BASIC', $3)`,
        [client.memberId, keys, date],
      )
      const holder = new pg.Client({ connectionString: app.config.DATABASE_URL })
      await holder.connect()
      await holder.query('BEGIN')
      if (when !== 'at once') await holder.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [client.memberId])
      const checking = client.run(checkMission, { input: { missionId: keys, isChecked: true, date } })
      if (when !== 'at once') await until(() => holdsUp(holder), 10_000)
      await holder.query('COMMIT')
      await holder.end()
      await until(() => holdsUp(blocker), 10_000)
      clock.set(`${addDays(date, 1)}T00:02:00Z`)
      const closing = sweepUntilClosed(app, client.memberId, date)
      // Long enough for the job to come round: without the lock it would now wait in the middle of the closing.
      await Promise.race([closing, sweep(app), until(async () => (await waitingStatements(app)) > 1, 10_000)])
      await blocker.query('ROLLBACK')
      await blocker.end()
      expect((await checking).checkMission).toMatchObject({ item: { isChecked: true } })
      await closing
      expect(await app.database.dayClose.findFirst({ where: { memberId: client.memberId, date: new Date(date) } })).toMatchObject({
        totalCount: 1,
        checkedCount: 1,
      })
    }
  },
)

/** Whether somebody waits for a lock of this connection's. */
async function holdsUp(connection: pg.Client): Promise<boolean> {
  const { rows } = await connection.query(
    'SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) AS waiting',
  )
  return rows[0].waiting
}

/** Statements that wait for a lock in the app's database. */
async function waitingStatements({ database }: TestApp): Promise<number> {
  const [row] = await database.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  return row?.count ?? 0
}

/** Members whose rows are busy are passed over: the job comes again. */
async function sweepUntilClosed(app: TestApp, memberId: string, date: string) {
  const deadline = Date.now() + 30_000
  while ((await app.database.dayClose.count({ where: { memberId, date: new Date(date) } })) === 0) {
    if (Date.now() > deadline) throw new Error(`${date} was not closed in 30 s.`)
    await sweep(app)
  }
}

/**
 * Mutation check: red without `FOR NO KEY UPDATE SKIP LOCKED` in lockDueMembers: two workers take the same members, and one of them fails on
 * a receipt's primary key. It comes again, and finds them closed: what it tried is seen by the sequence alone.
 */
test('eight workers at once leave one receipt for each member and day, and none tries what another one does', async () => {
  const app = await appForThisTest()
  await seedDueMembers(app, { members: 4_000, lines: 5 })
  // A sequence is not rolled back.
  await app.database.$executeRawUnsafe(`
    CREATE SEQUENCE tried_receipts;
    CREATE FUNCTION count_receipt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('tried_receipts'); RETURN NEW; END $$;
    CREATE TRIGGER count_receipt BEFORE INSERT ON day_close FOR EACH ROW EXECUTE FUNCTION count_receipt()`)
  const others = await Promise.all(
    Array.from({ length: 7 }, () => createApp({ ...app.config, DATABASE_POOL_SIZE: 2 }, { log: createLog('silent') })),
  )
  try {
    // Who finds only members that another one holds comes again.
    const closed = await Promise.all(
      [app.app, ...others].map(async (one) => {
        let days = 0
        while ((await app.database.dayClose.count()) < 4_000) days += await sweep({ ...app, app: one })
        return days
      }),
    )
    expect(closed.reduce((sum, days) => sum + days)).toBe(4_000)
    expect(closed.filter((days) => days > 0).length, 'workers that took part').toBeGreaterThan(1)
    expect(await app.database.dayClose.count()).toBe(4_000)
    expect(await app.database.$queryRaw`SELECT last_value::int AS tried FROM tried_receipts`).toEqual([{ tried: 4_000 }])
    expect(await app.database.mission.count({ where: { useDate: { not: null } } }), 'copied rows').toBe(0)
    expect(await app.app.closing.findViolations()).toEqual([])
  } finally {
    await Promise.all(others.map((other) => other.stop()))
  }
})

test('workers that are killed on the way leave nothing half done, and nothing undone', { timeout: 1_800_000 }, async () => {
  const members = 20_000
  const app = await appForThisTest()
  await seedDueMembers(app, { members, lines: 3 })
  const kills = long ? 100 : 2
  let [killed, met] = [0, 0]
  const closedSoFar = () => app.database.dayClose.count()
  // On a busy machine a kill may come when all is done: some more then.
  while (killed < kills || (met === 0 && killed < 20)) {
    const before = await closedSoFar()
    if (before === members) {
      // All done: make the next day due, and go on killing.
      await app.database
        .$executeRaw`UPDATE member SET closed_through = closed_through - 1, next_close_at = next_close_at - interval '1 day'`
      await app.database.$executeRaw`DELETE FROM day_close`
      continue
    }
    const worker = startWorker(app)
    const ended = once(worker, 'exit')
    await until(async () => (await closedSoFar()) > before || worker.exitCode !== null, 60_000)
    await sleep(Math.random() * 40)
    worker.kill('SIGKILL')
    await ended
    killed++
    const now = await closedSoFar()
    if (now > before && now < members) met++
    // Whatever chunk it was in, a member's day has its receipt and its watermark, or neither.
    const [{ moved } = { moved: -1 }] = await app.database.$queryRaw<{ moved: number }[]>`
      SELECT count(*)::int AS moved FROM member JOIN day_close ON member_id = id AND date = closed_through AND total_count = 3`
    expect(moved).toBe(now)
  }
  expect(met, 'kills in the middle of the work').toBeGreaterThan(0)
  await sweep(app)
  expect(await closedSoFar()).toBe(members)
  expect(await app.app.closing.findViolations()).toEqual([])
})

/** A worker as it is deployed: its own process. It sweeps as soon as its timer of one second rings, whatever Redis says. */
function startWorker({ config }: TestApp): ChildProcess {
  return spawn(process.execPath, ['dist/main.js'], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      ROLE: 'worker',
      PORT: '0',
      LOG_LEVEL: 'silent',
      SWEEP_EVERY_SECONDS: '1',
      DATABASE_URL: config.DATABASE_URL,
      REDIS_URL: config.REDIS_URL,
      ACCESS_TOKEN_PRIVATE_KEY: config.ACCESS_TOKEN_PRIVATE_KEY,
    },
  })
}

async function until(condition: () => Promise<boolean>, timeoutMs: number) {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`This did not come about in ${timeoutMs} ms.`)
    await sleep(10)
  }
}
