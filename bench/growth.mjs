// `npm run bench:growth`: how Doorstep's cost grows with the number of members and of API processes.
//   -- --readme   writes the table into docs/performance.md, too
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setupOrExit } from '../scripts/setup.mjs'
import { median } from './figures.mjs'

const { values: options } = parseArgs({
  options: { readme: { type: 'boolean' }, members: { type: 'string' }, seconds: { type: 'string' } },
})
const sizes = (options.members ?? '1000,10000,100000').split(',').map(Number)
const processCounts = [1, 2, 4]
const rounds = 3
const seconds = Number(options.seconds ?? 4)

// What follows is made of packages and of the compiled program, which a fresh clone has only now.
await setupOrExit()
const { load, writeRequests } = await import('./load.mjs')
const { keep, machineOf, writeBetween } = await import('./report.mjs')
const { Stage } = await import('./stage.mjs')
const { pollsOf, requestsOf } = await import('./requests.mjs')
const { connections } = await import('./tasks.mjs')

const rows = []
let machine
for (const members of sizes) {
  const dir = await mkdtemp(join(tmpdir(), 'doorstep-growth-'))
  console.error(`seeding ${members} members`)
  const stage = await Stage.set(dir, { members })
  try {
    machine = await machineOf(stage.databaseUrl)
    const servers = await Promise.all(Array.from({ length: Math.max(...processCounts) }, () => stage.startDoorstep()))
    const { lists, checks, moves } = requestsOf(stage)
    const { polls } = await pollsOf(stage, servers[0])
    const files = new Map()
    for (const [task, requests] of Object.entries({ list: lists, check: checks, move: moves, poll: polls })) {
      files.set(task, await writeRequests(join(dir, `${task}.requests`), requests))
    }
    const runs = processCounts.flatMap((processes) => [...files].map(([task, file]) => ({ members, processes, task, file, figures: [] })))
    for (const run of runs) await measure(servers, run, 3)
    for (let round = 0; round < rounds; round++) for (const run of runs) run.figures.push(await measure(servers, run, seconds))
    for (const { file: _file, figures, ...run } of runs) rows.push({ ...run, perSecond: median(figures), figures })
  } finally {
    await stage.strike()
    await rm(dir, { recursive: true, force: true })
  }
}

const tasks = [...new Set(rows.map(({ task }) => task))]
const table = [
  `${machine}; 10 scenarios with 10 missions for each member, ${connections} connections; responses a second, medians of ${rounds} interleaved rounds of ${seconds} s.`,
  '',
  `| members | missions | API processes | ${tasks.join(' | ')} |`,
  `|---|---|---|${tasks.map(() => '---|').join('')}`,
  ...sizes.flatMap((members) =>
    processCounts.map((processes) => {
      const of = (task) => rows.find((row) => row.members === members && row.processes === processes && row.task === task).perSecond
      return `| ${members.toLocaleString('en')} | ${(members * 100).toLocaleString('en')} | ${processes} | ${tasks.map((task) => Math.round(of(task))).join(' | ')} |`
    }),
  ),
].join('\n')
console.log(`\n${table}`)
await keep('growth', { machine, rounds, seconds, rows })
if (options.readme) await writeBetween('growth', table)

/** All processes at once, each asked over its share of the connections. */
async function measure(servers, { processes, file }, forSeconds) {
  const shares = servers
    .slice(0, processes)
    .map(({ url }) => load({ url, file, connections: connections / processes, seconds: forSeconds }))
  return (await Promise.all(shares)).reduce((sum, { perSecond }) => sum + perSecond, 0)
}
