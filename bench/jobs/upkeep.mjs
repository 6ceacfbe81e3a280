// What looks after the tables: the purge, and the check of the invariants.
import { p99 } from '../figures.mjs'

const { expiredPurge } = await import('../../dist/jobs/expired-purge.job.js')

const never = new AbortController().signal
const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`
const milliseconds = (ms) => `${ms.toFixed(1)} ms`

/** Looks at every member, while it is watched how old the oldest snapshot of another connection becomes, which a vacuum would wait for. */
export async function verify(stage, members) {
  let oldestMs = 0
  const { ms } = await beside(
    async () => {
      const [{ age }] = await stage.query(
        `SELECT coalesce(max(extract(epoch FROM clock_timestamp() - coalesce(xact_start, query_start))), 0)::float8 * 1000 AS age
       FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_xmin IS NOT NULL`,
      )
      oldestMs = Math.max(oldestMs, age)
    },
    async () => {
      const violations = await stage.app.closing.findViolations()
      if (violations.length > 0) throw new Error(JSON.stringify(violations))
    },
  )
  return { [`of ${members.toLocaleString('en')} members`]: seconds(ms), 'oldest snapshot meanwhile': milliseconds(oldestMs) }
}

/** A walk that finds nothing, then 200,000 checks that are past their time, beside a writer. */
export async function purge(stage, members) {
  const walk = await timed(() => stage.app.runner.run(expiredPurge, never))
  const past = Math.min(200_000, members * 10)
  await stage.query(
    `INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked)
     SELECT member_id, uuidv7(), id, 'BASIC', now()::date - 60, true FROM mission WHERE use_date IS NULL LIMIT $1`,
    [past],
  )
  await stage.query('VACUUM ANALYZE mission')
  const write = await writer(stage)
  const alone = []
  for (const end = performance.now() + 5_000; performance.now() < end; ) alone.push(await write())
  const during = []
  let stats
  const { ms } = await beside(
    async () => during.push(await write()),
    async () => {
      stats = (await stage.app.runner.run(expiredPurge, never)).stats
    },
  )
  if (stats.datedMissions !== past) throw new Error(`The purge removed ${JSON.stringify(stats)}, and not ${past}.`)
  const perMemberMs = walk.ms / members
  const perRowMs = (ms - walk.ms) / past
  // Ten checks, a receipt and ten operations a day of each of a million members, in each hour's run, which looks at all of them.
  const hourMs = 1e6 * perMemberMs + ((1e6 * 21) / 24) * perRowMs
  return {
    [`that finds nothing, of ${members.toLocaleString('en')} members`]: seconds(walk.ms),
    [`of ${past.toLocaleString('en')} checks`]: seconds(ms),
    "a writer's p99 without it, beside it": `${milliseconds(p99(alone))}, ${milliseconds(p99(during))}`,
    'so of each hour, for a million members with ten checks a day': seconds(hourMs),
  }
}

/** Does something again and again while `work` is under way. */
async function beside(again, work) {
  let working = true
  const repeated = (async () => {
    while (working) {
      await again()
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  })()
  try {
    return await timed(work)
  } finally {
    working = false
    await repeated
  }
}

async function timed(work) {
  const started = performance.now()
  await work()
  return { ms: performance.now() - started }
}

/** Checks lines for a day ahead; gives how long each took. */
async function writer(stage) {
  const lines = await stage.query('SELECT member_id, id FROM mission WHERE use_date IS NULL LIMIT 1000')
  let n = 0
  return async () => {
    const { member_id, id } = lines[n++ % lines.length]
    const started = performance.now()
    await stage.query(
      `INSERT INTO mission (member_id, id, parent_mission_id, mission_type, use_date, is_checked)
       VALUES ($1, uuidv7(), $2, 'BASIC', now()::date + 3, true)
       ON CONFLICT (member_id, use_date, parent_mission_id, mission_type) DO UPDATE SET is_checked = NOT mission.is_checked`,
      [member_id, id],
    )
    return performance.now() - started
  }
}
