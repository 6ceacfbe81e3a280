// `npm run bench`: Doorstep beside its peers, on the same tables and the same data, in interleaved rounds.
//   -- --quick           short rounds, under two minutes: for a look while developing
//   -- --only list,check some of the tasks
//   -- --against DIR     an earlier checkout of Doorstep as a contender, too
//   -- --without-postgraphile
//   -- --check           starts the contenders and compares their responses; measures nothing
//   -- --readme          writes the tables into docs/performance.md, too
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { setupOrExit } from '../scripts/setup.mjs'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    readme: { type: 'boolean' },
    check: { type: 'boolean' },
    'without-postgraphile': { type: 'boolean' },
    against: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
})
const members = options.check ? 50 : 1_000
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5))
const seconds = Number(options.seconds ?? (options.quick ? 2 : 10))
const against = options.against && resolve(process.env.INIT_CWD ?? '.', options.against)

// What follows is made of packages and of the compiled program, which a fresh clone has only now.
await setupOrExit()
const { measureCold } = await import('./cold.mjs')
const { nameOf } = await import('./earlier.mjs')
const { cpuMs, moreCpuMs, postgresPids } = await import('./processes.mjs')
const { assertEqualResponses } = await import('./equal.mjs')
const { machineOf, publish, summary } = await import('./report.mjs')
const { Stage } = await import('./stage.mjs')
const { Wal } = await import('./wal.mjs')

const dir = await mkdtemp(join(tmpdir(), 'doorstep-bench-'))
const stage = await Stage.set(dir, { members })
try {
  const starts = await stage.starts({ against, withPostgraphile: !options['without-postgraphile'] })
  if (options.check) console.log(`equal: ${Object.keys(await startAll(starts)).join(', ')}`)
  else await measureAll(starts)
} finally {
  await stage.strike()
  await rm(dir, { recursive: true, force: true })
}

async function startAll(starts) {
  const contenders = {}
  for (const [name, start] of Object.entries(starts)) contenders[name] = await start()
  await assertEqualResponses(stage, contenders)
  return contenders
}

async function measureAll(starts) {
  const { firstLists } = await import('./requests.mjs')
  const { connections, tasksOf } = await import('./tasks.mjs')
  const cold = options.only ? [] : await measureCold(starts, firstLists(stage, Object.keys(starts)), options.quick ? 1 : 5)
  const tasks = await tasksOf(stage, await startAll(starts), options.only?.split(','))
  const runs = tasks.flatMap(({ name, contenders }) => contenders.map((contender) => ({ task: name, figures: [], ...contender })))
  // Who comes first is another one in each round: the round before may still be at work, as PostgreSQL is after writes.
  const inTurn = (round) =>
    tasks.flatMap(({ name }) => {
      const own = runs.filter(({ task }) => task === name)
      return own.map((_, index) => own[(index + round) % own.length])
    })
  // Every member is met once, and every document is compiled, before anything is measured.
  for (const run of runs) await run.measure({ seconds: options.quick ? 2 : 5, check: true })
  const wal = await Wal.of(stage.databaseUrl)
  for (let round = 1; round <= rounds; round++) {
    for (const run of inTurn(round)) run.figures.push(await measured(run, wal))
    console.error(
      `round ${round} of ${rounds}: ${runs.map(({ task, name, figures }) => `${task} ${name} ${Math.round(figures.at(-1).perSecond)}`).join(', ')}`,
    )
  }
  // Moves of one member wait for each other: what a move takes when nobody else is there says how much of its time is waiting.
  for (const run of runs) run.aloneP50Ms = run.pid ? (await run.measure({ seconds: Math.min(seconds, 3), connections: 1 })).p50Ms : null
  await wal.end()
  const names = against ? { earlier: await nameOf(against) } : {}
  const machine = await machineOf(stage.databaseUrl)
  await publish(summary({ runs, cold, names, machine, rounds, seconds, members, connections, quick: options.quick ?? false }), options)
}

/** A round of one contender, with the CPU time that a response took its process and PostgreSQL (on Linux), and its WAL. */
async function measured(run, wal) {
  const look = () => ({ api: cpuMs(run.pid ? [run.pid] : []), database: cpuMs(postgresPids(stage.postmaster)) })
  const [start, before] = [await wal.position(), look()]
  const figure = await run.measure({ seconds })
  const after = look()
  const responses = figure.perSecond * seconds
  const each = (what) => moreCpuMs(before[what], after[what]) / responses
  const walBytes = (await wal.bytesSince(start)) / responses
  return { ...figure, apiCpuMs: run.pid ? each('api') : null, databaseCpuMs: each('database'), walBytes }
}
