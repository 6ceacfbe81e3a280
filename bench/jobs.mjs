// `npm run bench:jobs`: what a midnight, a purge and a check of the invariants cost, on a PostgreSQL of its own. MEMBERS=100000 by default.
//   -- --only night,limits,broken,upkeep   some of the parts
//   -- --readme                            writes the table into docs/performance.md, too
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setupOrExit } from '../scripts/setup.mjs'

const { values: options } = parseArgs({ options: { only: { type: 'string' }, readme: { type: 'boolean' } } })
const members = Number(process.env.MEMBERS ?? 100_000)
const wanted = (part) => !options.only || options.only.split(',').includes(part)

await setupOrExit()
const { JobStage } = await import('./jobs/stage.mjs')
const { brokenMembers, membersAtTheLimits, ordinaryNight } = await import('./jobs/nights.mjs')
const { purge, verify } = await import('./jobs/upkeep.mjs')
const { keep, machineOf, writeBetween } = await import('./report.mjs')

const dir = await mkdtemp(join(tmpdir(), 'doorstep-bench-'))
const stage = await JobStage.set(dir)
const rows = []
try {
  if (wanted('night') || wanted('upkeep')) await part('a midnight', () => ordinaryNight(stage, members))
  if (wanted('upkeep')) {
    await part('a check of every invariant', () => verify(stage, members))
    await part('a purge', () => purge(stage, members))
  }
  await stage.empty()
  if (wanted('limits'))
    await part('members at the limits beside ordinary ones', () => membersAtTheLimits(stage, { heavy: 45, ordinary: 1_000 }))
  await stage.empty()
  if (wanted('broken')) await part('members with a stray receipt among others', () => brokenMembers(stage, { broken: 3, ordinary: 1_000 }))
  const machine = await machineOf(stage.databaseUrl)
  const table = ['| | | |', '|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')
  console.log(`\n${machine}:\n\n${table}`)
  if (!options.only) await keep('jobs', { machine, members, rows })
  if (options.readme) await writeBetween('jobs', `${machine}:\n\n${table}`)
} finally {
  await stage.strike()
  await rm(dir, { recursive: true, force: true })
}

/** Runs a part, and keeps its figures, by their names. */
async function part(what, run) {
  for (const [index, [name, figure]] of Object.entries(await run()).entries()) {
    rows.push([index === 0 ? what : '', name, figure])
    console.error(`${what}: ${name}: ${figure}`)
  }
}
