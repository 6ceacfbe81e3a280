// `npm run bench`: Doorstep beside its peers, on the same tables and the same data, in interleaved rounds.
//   -- --quick           short rounds, under two minutes: for a look while developing
//   -- --only list,tick  some of the tasks
//   -- --readme          writes the tables into the README, too
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setupOrExit } from '../scripts/setup.mjs'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    readme: { type: 'boolean' },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
})
const members = 1_000
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5))
const seconds = Number(options.seconds ?? (options.quick ? 2 : 10))

// What follows is made of packages and of the compiled program, which a fresh clone has only now.
await setupOrExit()
const { measureCold } = await import('./cold.mjs')
const { cpuMs, moreCpuMs, postgresPids } = await import('./processes.mjs')
const { machineOf, publish, summary } = await import('./report.mjs')
const { Stage } = await import('./stage.mjs')
const { connections, firstLists, tasksOf } = await import('./tasks.mjs')

const dir = await mkdtemp(join(tmpdir(), 'doorstep-bench-'))
const stage = await Stage.set(dir, { members })
try {
  const starts = await stage.starts()
  const cold = options.only ? [] : await measureCold(starts, firstLists(stage), options.quick ? 1 : 5)
  const contenders = {}
  for (const [name, start] of Object.entries(starts)) contenders[name] = await start()
  const tasks = await tasksOf(stage, contenders, options.only?.split(','))
  const runs = tasks.flatMap(({ name, contenders }) => contenders.map((contender) => ({ task: name, figures: [], ...contender })))
  // Who comes first is another one in each round: the round before may still be at work, as PostgreSQL is after writes.
  const inTurn = (round) =>
    tasks.flatMap(({ name }) => {
      const own = runs.filter(({ task }) => task === name)
      return own.map((_, index) => own[(index + round) % own.length])
    })
  // Every member is met once, and every document is compiled, before anything is measured.
  for (const run of runs) await run.measure({ seconds: options.quick ? 2 : 5, check: true })
  for (let round = 1; round <= rounds; round++) {
    for (const run of inTurn(round)) run.figures.push(await measured(run))
    console.error(
      `round ${round} of ${rounds}: ${runs.map(({ task, name, figures }) => `${task} ${name} ${Math.round(figures.at(-1).perSecond)}`).join(', ')}`,
    )
  }
  // Moves of one member wait for each other: what a move takes when nobody else is there says how much of its time is waiting.
  for (const run of runs) run.aloneP50Ms = run.pid ? (await run.measure({ seconds: Math.min(seconds, 3), connections: 1 })).p50Ms : null
  const machine = await machineOf(stage.databaseUrl)
  await publish(summary({ runs, cold, machine, rounds, seconds, members, connections, quick: options.quick ?? false }), options)
} finally {
  await stage.strike()
  await rm(dir, { recursive: true, force: true })
}

/** A round of one contender, with the CPU time that an answer took its process and PostgreSQL (on Linux). */
async function measured(run) {
  const look = () => ({ api: cpuMs(run.pid ? [run.pid] : []), database: cpuMs(postgresPids(stage.postmaster)) })
  const before = look()
  const figure = await run.measure({ seconds })
  const after = look()
  const each = (what) => moreCpuMs(before[what], after[what]) / (figure.perSecond * seconds)
  return { ...figure, apiCpuMs: run.pid ? each('api') : null, databaseCpuMs: run.pid ? each('database') : null }
}
