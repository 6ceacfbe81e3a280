// `npm run bench:files`: through which files of src/ a request goes, and a closing: those of which any function runs, when everything is warm.

import { mkdtemp, rm } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setupOrExit } from '../scripts/setup.mjs'

await setupOrExit()
const { ask } = await import('./ask.mjs')
const { JobStage } = await import('./jobs/stage.mjs')
const { queries } = await import('./requests.mjs')
const { midnightReset } = await import('../dist/jobs/midnight-reset.job.js')

const dir = await mkdtemp(join(tmpdir(), 'doorstep-bench-'))
const stage = await JobStage.set(dir)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
try {
  const [memberId] = await stage.seed({ members: 1, scenarios: 3, lines: 5 })
  const { token } = await stage.tokens.issue(memberId, crypto.randomUUID())
  const send = (query, variables) => ask(stage.url, { token, body: { query, variables } })
  const { scenarios } = await send('{ scenarios { id basicMissions { id } } }')
  const [first, second, third] = scenarios.map(({ id }) => id)
  const missionId = scenarios[0].basicMissions[0].id
  const { notifications } = await send(queries.Poll, { etag: null })
  let turn = 0
  const isOdd = () => turn++ % 2 === 1
  const places = [
    { prevId: null, nextId: second },
    { prevId: second, nextId: third },
  ]
  const requests = {
    list: () => send(queries.List),
    check: () => send(queries.Check, { input: { missionId, isChecked: isOdd() } }),
    move: () => send(queries.Move, { input: { id: first, ...places[Number(isOdd())] } }),
    poll: () => send(queries.Poll, { etag: notifications.etag }),
  }
  const found = new Map()
  for (const [name, request] of Object.entries(requests)) found.set(name, await filesOf(request))
  found.set('closing', await filesOf(closeYesterday))
  const every = [...found.get('list')].filter((file) => Object.keys(requests).every((name) => found.get(name).has(file)))
  report('every request', every)
  for (const [name, files] of found) report(name, name === 'closing' ? [...files] : [...files].filter((file) => !every.includes(file)))
} finally {
  await stage.strike()
  await rm(dir, { recursive: true, force: true })
}

/** Makes yesterday due again, and runs the job. */
async function closeYesterday() {
  await stage.query(
    "UPDATE member SET closed_through = (now() AT TIME ZONE time_zone)::date - 2, next_close_at = now() - interval '1 minute'",
  )
  await stage.query('DELETE FROM day_close')
  const { outcome, stats } = await stage.app.runner.run(midnightReset, new AbortController().signal)
  if (outcome !== 'done' || stats.days !== 1) throw new Error(`The closing has closed ${JSON.stringify(stats)}.`)
}

/** Without what runs beside it on a timer: those that two runs have in common. */
async function filesOf(work) {
  for (let run = 0; run < 5; run++) await work()
  const runs = []
  for (let run = 0; run < 2; run++) {
    // What follows a response, too.
    const settle = () => new Promise((resolve) => setTimeout(resolve, 200))
    await settle()
    await called()
    await work()
    await settle()
    runs.push(await called())
  }
  return new Set([...runs[0]].filter((file) => runs[1].has(file)))
}

/** The files of the program of which a function was called since the last look. */
async function called() {
  const { result } = await session.post('Profiler.takePreciseCoverage')
  const isCalled = ({ functions }) => functions.some(({ ranges: [{ count, startOffset }] }) => count > 0 && startOffset > 0)
  const program = pathToFileURL(join(root, 'dist/')).href
  const files = result.filter(({ url }) => url.startsWith(program)).filter(isCalled)
  return new Set(files.map(({ url }) => url.slice(program.length).replace(/\.js$/, '')).filter((file) => !file.startsWith('generated/')))
}

function report(name, files) {
  console.log(`${name}: ${files.length}\n  ${files.toSorted().join('\n  ')}`)
}
