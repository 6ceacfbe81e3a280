// The figures of a run, as JSON beside the benchmark and as a table for docs/performance.md.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { root } from '../scripts/setup.mjs'
import { median, spread } from './figures.mjs'

/** What a run is summed up to. Ratios are medians of the rounds' own ratios: what disturbs a round disturbs both sides. */
export function summary({ runs, cold, names, machine, rounds, seconds, members, connections, quick }) {
  return {
    date: new Date().toISOString(),
    quick,
    machine,
    members,
    connections,
    rounds,
    seconds,
    cold: cold.map(({ name, ...figures }) => ({ name: names[name] ?? name, ...figures })),
    runs: runs.map(({ task, name, aloneP50Ms, figures }) => {
      const doorstep = runs.find((run) => run.task === task && run.name === 'Doorstep')
      const middle = (what) => median(figures.map((figure) => figure[what]))
      const ratio = (what) => median(figures.map((figure, round) => doorstep.figures[round][what] / figure[what]))
      return {
        task,
        name: names[name] ?? name,
        perSecond: spread(figures.map(({ perSecond }) => perSecond)),
        doorstepAgainstIt:
          name === 'Doorstep'
            ? null
            : {
                perSecond: ratio('perSecond'),
                apiCpuMs: ratio('apiCpuMs'),
                databaseCpuMs: ratio('databaseCpuMs'),
                walBytes: ratio('walBytes'),
              },
        p50Ms: middle('p50Ms'),
        p99Ms: middle('p99Ms'),
        aloneP50Ms,
        apiCpuMs: middle('apiCpuMs'),
        databaseCpuMs: middle('databaseCpuMs'),
        walBytes: middle('walBytes'),
        figures,
      }
    }),
  }
}

/** Prints a summary, keeps it in bench/results, and with `readme` puts it into docs/performance.md. */
export async function publish(results, { readme }) {
  const table = tableOf(results)
  console.log(`\n${table}`)
  await keep(results.quick ? 'quick' : 'peers', results)
  if (readme) await writeBetween('bench', table)
}

function tableOf({ machine, members, connections, rounds, seconds, runs, cold }) {
  const milliseconds = (value) => (value === null || Number.isNaN(value) ? '' : value.toFixed(value < 10 ? 2 : 0))
  const rows = runs.map(({ task, name, perSecond, doorstepAgainstIt, p50Ms, p99Ms, aloneP50Ms, apiCpuMs, databaseCpuMs, walBytes }) => {
    const cells = [
      name === 'Doorstep' ? task : '',
      name,
      perSecond,
      doorstepAgainstIt === null ? '' : `${doorstepAgainstIt.perSecond.toFixed(2)}×`,
      p50Ms === null ? '' : `${milliseconds(aloneP50Ms)}; ${milliseconds(p50Ms)}, ${milliseconds(p99Ms)}`,
      `${apiCpuMs === null ? '' : `${milliseconds(apiCpuMs)} + `}${milliseconds(databaseCpuMs)}`,
      walBytes < 10 ? '' : Math.round(walBytes),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    `${machine};`,
    `${members.toLocaleString('en')} members, ${connections} connections, ${rounds} interleaved rounds of ${seconds} s: medians (least to most), ratios round by round.`,
    '',
    '| task | who | responses a second | Doorstep against it | ms: p50 alone; p50, p99 | CPU ms a response: process + PostgreSQL | WAL bytes |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    ...(cold.length === 0 ? [] : ['', 'Of processes that have just started, medians in ms:', '', ...coldTable(cold)]),
  ].join('\n')
}

const coldTable = (cold) => [
  '| who | until it serves | first list | a list it has never seen | the first one again |',
  '|---|---|---|---|---|',
  ...cold.map(
    ({ name, servesMs, firstMs, unseenMs, knownMs }) =>
      `| ${[name, Math.round(servesMs), ...[firstMs, unseenMs, knownMs].map((ms) => ms.toFixed(1))].join(' | ')} |`,
  ),
]

/** Writes figures down, one file for each kind of run. */
export async function keep(name, results) {
  const directory = join(root, 'bench/results')
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`)
}

/** What it ran on, and when. */
export async function machineOf(databaseUrl) {
  const client = new pg.Client(databaseUrl)
  await client.connect()
  const { rows } = await client.query('SHOW server_version')
  await client.end()
  const machine = `${cpus().length} cores (${cpus()[0].model.trim()}, shared with other work, and with PostgreSQL and the load generator)`
  return `${machine}, Node ${process.versions.node}, PostgreSQL ${rows[0].server_version}, ${new Date().toISOString().slice(0, 10)}`
}

/** Replaces what stands between a pair of comments in docs/performance.md. */
export async function writeBetween(name, text) {
  const file = join(root, 'docs/performance.md')
  const page = await readFile(file, 'utf8')
  const [before, rest] = page.split(`<!-- ${name} -->\n`)
  const [, after] = rest.split(`<!-- /${name} -->`)
  await writeFile(file, `${before}<!-- ${name} -->\n\n${text}\n\n<!-- /${name} -->${after}`)
}
