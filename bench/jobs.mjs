// `npm run bench:jobs`: what a midnight and a purge cost, on a PostgreSQL of its own. MEMBERS=100000 by default.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setupOrExit } from '../scripts/setup.mjs'
import { median } from './figures.mjs'

await setupOrExit()
const { startEmbedded } = await import('../dist/embedded/embedded.js')
const { migrate } = await import('../dist/database/migrate.js')
const { createApp } = await import('../dist/app.js')
const { generateAccessTokenKey } = await import('../dist/auth/access-token.js')
const { settings } = await import('../dist/config.js')
const { createLog } = await import('../dist/log.js')
const { expiredPurge } = await import('../dist/jobs/expired-purge.job.js')
const { default: pg } = await import('pg')

const members = Number(process.env.MEMBERS ?? 100_000)
const linesEach = 10
const chunkSize = 200
const log = createLog('warn')
const dataDir = await mkdtemp(join(tmpdir(), 'doorstep-bench-'))
const embedded = await startEmbedded({ dataDir, postgres: true, redis: true, log })
const client = new pg.Client(embedded.databaseUrl)
await client.connect()
await migrate(embedded.databaseUrl)
const app = await createApp(
  {
    ...settings.parse({ ROLE: 'api' }),
    DATABASE_URL: embedded.databaseUrl,
    REDIS_URL: embedded.redisUrl,
    ACCESS_TOKEN_PRIVATE_KEY: await generateAccessTokenKey(),
  },
  { log },
)

try {
  await seed()
  await closing()
  await replaced()
  await purge()
} finally {
  await app.stop()
  await client.end()
  await embedded.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function seed() {
  await client.query(
    `INSERT INTO member (id, nickname, time_zone, closed_through, next_close_at, last_seen_on)
     SELECT uuidv7(), 'Member ' || n, 'Asia/Seoul', (now() AT TIME ZONE 'Asia/Seoul')::date - 2, now(), now()::date FROM generate_series(1, $1) n`,
    [members],
  )
  await client.query(`INSERT INTO scenario (id, member_id, name, position) SELECT uuidv7(), id, 'Leaving home', 0 FROM member`)
  await client.query(
    `INSERT INTO mission (id, scenario_id, mission_type, content, position)
     SELECT uuidv7(), scenario.id, 'BASIC', 'Line ' || n, n FROM scenario, generate_series(1, $1) n`,
    [linesEach],
  )
  await client.query('UPDATE member SET next_close_at = day_start(closed_through + 2, time_zone, day_starts_at)')
  await client.query('VACUUM ANALYZE')
}

/** Ours: chunks of members, so that a member's row is locked for as long as its chunk takes. */
async function closing() {
  const [chunks, startedAt] = [[], performance.now()]
  let days = 0
  while (days < members) {
    const chunkStartedAt = performance.now()
    const chunk = await app.closing.closeDueChunk(chunkSize)
    if (chunk.members === 0) break
    days += chunk.days
    chunks.push({ ms: performance.now() - chunkStartedAt, days: chunk.days })
  }
  const rows = await client.query('SELECT count(*)::int AS count FROM mission WHERE use_date IS NOT NULL')
  report('closing in chunks', {
    memberDays: days,
    children: rows.rows[0].count,
    seconds: seconds(startedAt),
    longestLockMs: Math.round(Math.max(...chunks.map(({ ms }) => ms))),
    medianLockMs: Math.round(median(chunks.map(({ ms }) => ms))),
  })
}

/** What this design replaces: a flag on every template that one statement resets, after another has cloned them all. */
async function replaced() {
  await client.query(`ALTER TABLE mission DROP CONSTRAINT mission_is_template_child_or_one_off`)
  await client.query(`UPDATE mission SET is_checked = true WHERE use_date IS NULL`)
  await client.query('VACUUM ANALYZE mission')
  const startedAt = performance.now()
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO mission (id, scenario_id, mission_type, use_date, content, is_checked, position)
     SELECT uuidv7(), scenario_id, 'BASIC', now()::date + 30, content, is_checked, position FROM mission WHERE use_date IS NULL`,
  )
  const lockedAt = performance.now()
  await client.query('UPDATE mission SET is_checked = false WHERE use_date IS NULL')
  await client.query('COMMIT')
  report('one INSERT and one UPDATE', {
    children: members * linesEach,
    seconds: seconds(startedAt),
    longestLockMs: Math.round(performance.now() - lockedAt),
  })
}

/** A purge of 200,000 rows beside a writer: how much slower the writer's slowest one in a hundred becomes. */
async function purge() {
  const past = 200_000
  await client.query(
    `UPDATE mission SET use_date = now()::date - 60 WHERE id IN (SELECT id FROM mission WHERE use_date IS NOT NULL LIMIT $1)`,
    [past],
  )
  await client.query('VACUUM ANALYZE mission')
  const before = await writeFor(5_000)
  let purging = true
  const startedAt = performance.now()
  const during = writeWhile(() => purging)
  const { stats } = await app.runner.run(expiredPurge, new AbortController().signal)
  purging = false
  if (stats.missions !== past) throw new Error(`The purge removed ${stats.missions} rows of ${past}.`)
  report('purge', { removed: stats.missions, seconds: seconds(startedAt), writerP99Ms: p99(before), writerP99DuringMs: p99(await during) })
}

function writeFor(durationMs) {
  const end = performance.now() + durationMs
  return writeWhile(() => performance.now() < end)
}

async function writeWhile(go) {
  const { rows } = await client.query('SELECT id, scenario_id FROM mission WHERE use_date IS NULL LIMIT 1000')
  const writer = new pg.Client(embedded.databaseUrl)
  await writer.connect()
  const times = []
  for (let n = 0; go(); n++) {
    const { id, scenario_id } = rows[n % rows.length]
    const startedAt = performance.now()
    await writer.query(
      `INSERT INTO mission (id, scenario_id, parent_mission_id, mission_type, use_date, content, is_checked, position)
       VALUES (uuidv7(), $1, $2, 'BASIC', now()::date + 3, 'x', true, 1)
       ON CONFLICT (parent_mission_id, use_date, mission_type) DO UPDATE SET is_checked = NOT mission.is_checked`,
      [scenario_id, id],
    )
    times.push(performance.now() - startedAt)
  }
  await writer.end()
  return times
}

function report(what, figures) {
  console.log(`${what}: ${JSON.stringify(figures)}`)
}
function seconds(since) {
  return Number(((performance.now() - since) / 1_000).toFixed(1))
}
function p99(values) {
  return Number(values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)].toFixed(1))
}
