// The figures of a run, as JSON beside the benchmark and as a table for the README.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/setup.mjs'
import { median, spread } from './load.mjs'

/** What a run is summed up to. Ratios are medians of the rounds' own ratios: what disturbs a round disturbs both sides. */
export function summary({ runs, rounds, seconds, members, quick }) {
  return {
    date: new Date().toISOString(),
    quick,
    machine: `${cpus().length} cores, ${cpus()[0].model.trim()}`,
    versions: { node: process.versions.node, postgresql: '18' },
    members,
    rounds,
    seconds,
    runs: runs.map(({ task, name, figures }) => {
      const doorstep = runs.find((run) => run.task === task && run.name === 'Doorstep')
      return {
        task,
        name,
        perSecond: spread(figures.map(({ perSecond }) => perSecond)),
        doorstepAgainstIt:
          name === 'Doorstep' ? null : median(figures.map(({ perSecond }, round) => doorstep.figures[round].perSecond / perSecond)),
        p50Ms: median(figures.map(({ p50Ms }) => p50Ms)),
        p99Ms: median(figures.map(({ p99Ms }) => p99Ms)),
        apiCpuMs: median(figures.map(({ apiCpuMs }) => apiCpuMs)),
        databaseCpuMs: median(figures.map(({ databaseCpuMs }) => databaseCpuMs)),
        figures,
      }
    }),
  }
}

/** Prints a summary, keeps it in bench/results, and with `readme` puts it into the README. */
export async function publish(results, { readme }) {
  const table = tableOf(results)
  console.log(`\n${table}`)
  const directory = join(root, 'bench/results')
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, `${results.quick ? 'quick' : results.date.slice(0, 10)}.json`), `${JSON.stringify(results, null, 2)}\n`)
  if (readme) await writeBetween('bench', table)
}

function tableOf({ date, machine, versions, members, rounds, seconds, runs }) {
  const milliseconds = (value) => (value === null || Number.isNaN(value) ? '' : value.toFixed(value < 10 ? 2 : 0))
  const rows = runs.map(({ task, name, perSecond, doorstepAgainstIt, p50Ms, p99Ms, apiCpuMs, databaseCpuMs }) => {
    const cells = [
      name === 'Doorstep' ? task : '',
      name,
      perSecond,
      doorstepAgainstIt === null ? '' : `${doorstepAgainstIt.toFixed(2)}×`,
      p50Ms === null ? '' : `${milliseconds(p50Ms)}, ${milliseconds(p99Ms)}`,
      databaseCpuMs === null ? '' : `${milliseconds(apiCpuMs)} + ${milliseconds(databaseCpuMs)}`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    `${machine} (shared with other work, the load generator and PostgreSQL on them too), Node ${versions.node}, PostgreSQL ${versions.postgresql}, ${date.slice(0, 10)};`,
    `${members.toLocaleString('en')} members, 32 connections, ${rounds} interleaved rounds of ${seconds} s: medians (least to most).`,
    '',
    '| task | who | answers a second | Doorstep against it | p50, p99 in ms | CPU ms an answer: process + PostgreSQL |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/** Replaces what stands between a pair of comments in the README. */
export async function writeBetween(name, text) {
  const file = join(root, 'README.md')
  const readme = await readFile(file, 'utf8')
  const [before, rest] = readme.split(`<!-- ${name} -->\n`)
  const [, after] = rest.split(`<!-- /${name} -->`)
  await writeFile(file, `${before}<!-- ${name} -->\n\n${text}\n\n<!-- /${name} -->${after}`)
}
