// Nights: an ordinary one, one with members at the limits, one with members whose day cannot be closed.
import { ask } from '../ask.mjs'
import { median, p99 } from '../figures.mjs'

const never = new AbortController().signal
const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`
const milliseconds = (ms) => `${Math.round(ms)} ms`

/** A night of so many members with ten lines each. */
export async function ordinaryNight(stage, members) {
  await stage.seed({ members, scenarios: 1, lines: 10 })
  const started = performance.now()
  const { result, rows, walBytes } = await stage.written(async () => {
    const closed = await stage.closing.closeDue(never)
    return { closed, ms: performance.now() - started }
  })
  const { closed, ms } = result
  if (closed.days !== members) throw new Error(`${closed.days} days were closed of ${members}.`)
  return {
    [`until all ${members.toLocaleString('en')} members with 10 lines are closed`]: seconds(ms),
    'rows written': rows,
    WAL: `${(walBytes / 2 ** 20).toFixed(0)} MB`,
    'longest transaction (median)': `${milliseconds(Math.max(...stage.transactionsMs))} (${milliseconds(median(stage.transactionsMs))})`,
  }
}

/** A night in which members with 10,000 lines are due among ordinary ones, who check their missions meanwhile. */
export async function membersAtTheLimits(stage, { heavy, ordinary }) {
  await stage.seed({ members: heavy, scenarios: 100, lines: 100 })
  const ids = await stage.seed({ members: ordinary, scenarios: 1, lines: 10 })
  const { closed, ms, checksMs } = await nightBeside(stage, ids)
  if (closed.members !== heavy + ordinary || closed.failed > 0) throw new Error(`Not all were closed: ${JSON.stringify(closed)}.`)
  return {
    [`until ${heavy} members with 10,000 lines and ${ordinary.toLocaleString('en')} with 10 are closed`]: seconds(ms),
    'longest transaction': milliseconds(Math.max(...stage.transactionsMs)),
    "ordinary members' checks meanwhile: p99, worst": `${milliseconds(p99(checksMs))}, ${milliseconds(Math.max(...checksMs))} of ${checksMs.length}`,
  }
}

/** A night in which the day of some members cannot be closed, since there is a stray receipt. */
export async function brokenMembers(stage, { broken, ordinary }) {
  const ids = await stage.seed({ members: broken + ordinary, scenarios: 1, lines: 10 })
  await stage.query(
    `INSERT INTO day_close (member_id, date, closed_at, source, total_count, checked_count)
     SELECT id, closed_through + 1, now(), 'job', 0, 0 FROM member ORDER BY random() LIMIT $1`,
    [broken],
  )
  const { closed, ms, checksMs } = await nightBeside(stage, ids)
  if (closed.members !== ordinary || closed.failed !== broken) throw new Error(`It was another number: ${JSON.stringify(closed)}.`)
  return {
    [`until ${ordinary.toLocaleString('en')} others are closed, and ${broken} are put off`]: seconds(ms),
    "members' checks meanwhile: p99, worst": `${milliseconds(p99(checksMs))}, ${milliseconds(Math.max(...checksMs))} of ${checksMs.length}`,
  }
}

/** Closes what is due beside eight who check their missions of today, over HTTP. */
async function nightBeside(stage, ids) {
  const checkers = await Promise.all(ids.slice(0, 8).map((id) => checkerOf(stage, id)))
  for (const check of checkers) await check()
  let closing = true
  const checksMs = []
  const checking = checkers.map(async (check) => {
    while (closing) {
      const started = performance.now()
      await check()
      checksMs.push(performance.now() - started)
    }
  })
  const started = performance.now()
  const closed = await stage.closing.closeDue(never)
  const ms = performance.now() - started
  closing = false
  await Promise.all(checking)
  return { closed, ms, checksMs }
}

async function checkerOf(stage, memberId) {
  const { token } = await stage.tokens.issue(memberId, crypto.randomUUID())
  const [{ id: missionId }] = await stage.query('SELECT id FROM mission WHERE member_id = $1 LIMIT 1', [memberId])
  const query = 'mutation ($input: CheckMissionInput!) { checkMission(input: $input) { item { isChecked } } }'
  let isChecked = false
  return () => {
    isChecked = !isChecked
    return ask(stage.url, { token, body: { query, variables: { input: { missionId, isChecked } } } })
  }
}
