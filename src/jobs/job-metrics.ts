import { type Counter, Gauge, type Histogram } from 'prom-client'
import type { DayClosing } from '../day/closing.js'
import type { Metrics } from '../metrics/metrics.js'
import { sharedRead } from '../metrics/shared-read.js'
import type { JobStats } from './job.js'
import type { JobOutcome } from './job-run.sql.js'
import { jobs } from './jobs.js'

const outcomes: readonly JobOutcome[] = ['done', 'interrupted', 'skipped', 'failed']

const runsHelp = 'Runs of a job in this process, by outcome: done, interrupted, skipped (it ran elsewhere) or failed.'
const itemsHelp = 'What runs did, as job_run.stats says: days closed and members of midnight-reset, rows removed by kind of expired-purge.'

/** What the runs of this process did, for Prometheus. */
export class JobMetrics {
  readonly #runs: Counter
  readonly #items: Counter
  readonly #durations: Histogram

  constructor(metrics: Metrics) {
    this.#runs = metrics.counter('doorstep_job_runs_total', runsHelp, 'job', 'outcome')
    this.#items = metrics.counter('doorstep_job_items_total', itemsHelp, 'job', 'item')
    const buckets = [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600]
    this.#durations = metrics.histogram('doorstep_job_run_duration_seconds', 'How long runs took that were not skipped.', buckets, 'job')
    for (const { name: job } of jobs) for (const outcome of outcomes) this.#runs.inc({ job, outcome }, 0)
  }

  ran(job: string, { outcome, stats }: { outcome: JobOutcome; stats: JobStats | null }, milliseconds: number): void {
    this.#runs.inc({ job, outcome })
    if (outcome !== 'skipped') this.#durations.observe({ job }, milliseconds / 1_000)
    for (const [item, count] of Object.entries(stats ?? {})) this.#items.inc({ job, item }, count)
  }
}

/** What the database knows of all processes' runs and of due days, read at a scrape. */
export function watchJobs(
  metrics: Metrics,
  closing: Pick<DayClosing, 'findDue'>,
  readLastSuccesses: () => Promise<{ job: string; seconds: number }[]>,
): void {
  const due = sharedRead(() => closing.findDue())
  const successes = sharedRead(readLastSuccesses)
  metrics.gauge('doorstep_members_due', 'Members who have a day to close just now.', async () => (await due())?.members ?? null)
  const lateHelp = 'Those of them whose receipt is late: the day could have been closed ten minutes ago.'
  metrics.gauge('doorstep_members_due_late', lateHelp, async () => (await due())?.late ?? null)
  const oldestHelp = 'The instant since which the first of them has been due; 0 where nobody is.'
  metrics.gauge('doorstep_oldest_due_timestamp_seconds', oldestHelp, async () => (await due())?.oldestSeconds ?? null)
  new Gauge({
    name: 'doorstep_job_last_success_timestamp_seconds',
    help: 'When the last run of a job ended well, in whatever process.',
    labelNames: ['job'],
    registers: [metrics],
    async collect() {
      this.reset()
      for (const { job, seconds } of (await successes()) ?? []) this.set({ job }, seconds)
    },
  })
}
