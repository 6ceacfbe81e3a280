import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '../database/database.js'
import type { DayClosing } from '../day/closing.js'
import { readLastRuns } from './job-run.sql.js'
import { jobs } from './jobs.js'
import { beginHistory, leapRevisions } from './restored.sql.js'
import type { JobRunner } from './runner.js'
import type { Scheduler } from './scheduler.js'

type App = { database: Queryable; closing: DayClosing; runner: JobRunner; scheduler: Scheduler | null }

export const usage = `npm run jobs -- run NAME   one run, now          (${jobs.map(({ name }) => name).join(', ')})
npm run jobs -- list       schedulers, their next run, the last runs
npm run jobs -- verify     checks every invariant over the whole database; exit 1 where one does not hold
npm run jobs -- restored   after the database was restored, or replaced by a replica that lacked changes: before anybody is served`

/** The operator's commands. Exit code: 0 all is well, 1 something is not, 2 unknown command. */
export async function runCommand(app: App, [command, name]: string[], print: (line: string) => void): Promise<0 | 1 | 2> {
  const job = jobs.find((candidate) => candidate.name === name)
  if (command === 'run' && job) {
    const { outcome, stats } = await app.runner.run(job, new AbortController().signal)
    const said = outcome === 'skipped' ? 'skipped: it runs elsewhere, or Redis is out of reach' : `${outcome} ${JSON.stringify(stats)}`
    print(`${job.name}: ${said}`)
    return 0
  }
  if (command === 'list') return list(app, print)
  if (command === 'verify') return verify(app, print)
  if (command === 'restored') return restored(app, print)
  print(usage)
  return 2
}

async function list({ database, scheduler }: App, print: (line: string) => void): Promise<0> {
  const known = scheduler?.queue.getJobSchedulers() ?? Promise.resolve([])
  const schedulers = await Promise.race([known, sleep(2_000, null)])
  if (!schedulers) print('Redis is out of reach: the schedulers are not known.')
  for (const { name, everyMs } of jobs) {
    const next = schedulers?.find(({ key }) => key === name)?.next
    print(`${name}: every ${everyMs / 1_000} s, next ${next ? new Date(next).toISOString() : 'not known'}`)
    for (const run of await readLastRuns(database, name, 5)) {
      print(`  ${run.startedAt} ${run.outcome ?? 'running, or was killed'} ${run.error ?? JSON.stringify(run.stats)}`)
    }
  }
  return 0
}

async function verify({ closing }: App, print: (line: string) => void): Promise<0 | 1> {
  const violations = await closing.findViolations()
  for (const { problem, invariant, count, examples } of violations)
    print(`${problem}: ${invariant}: ${count}, such as ${examples.join(', ')}`)
  if (violations.length === 0) print('Every invariant holds.')
  return violations.length === 0 ? 0 : 1
}

async function restored({ database }: App, print: (line: string) => void): Promise<0> {
  await beginHistory(database)
  let members = 0
  for (let after: string | null = null; ; ) {
    const { last, count } = await leapRevisions(database, after)
    members += count
    if (last === null) break
    after = last
  }
  print(`${members} members go on from a revision that no client knows from a time that is undone.`)
  return 0
}
