import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { DayClosing } from '../day/closing.js'
import { observedIn } from '../metrics/observed.js'
import { sharedRead } from '../metrics/shared-read.js'
import type { JobStats } from './job.js'
import type { JobOutcome } from './job-run.sql.js'
import { jobs } from './jobs.js'

const outcomes: readonly JobOutcome[] = ['done', 'interrupted', 'skipped', 'failed']

/** What the runs of this process did, for Prometheus. */
export class JobMetrics {
  readonly #registry: Registry
  readonly #runs: Counter
  readonly #items: Counter
  readonly #durations: Histogram

  constructor(registry: Registry) {
    this.#registry = registry
    const registers = [registry]
    this.#runs = new Counter({
      name: 'doorstep_job_runs_total',
      help: 'Runs of a job in this process, by outcome: done, interrupted, skipped (it ran elsewhere) or failed.',
      labelNames: ['job', 'outcome'],
      registers,
    })
    this.#items = new Counter({
      name: 'doorstep_job_items_total',
      help: 'What runs did, as job_run.stats says: days closed and members of midnight-reset, rows removed by kind of expired-purge.',
      labelNames: ['job', 'item'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'doorstep_job_run_duration_seconds',
      help: 'How long runs took that were not skipped.',
      labelNames: ['job'],
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 3_600],
      registers,
    })
    for (const { name: job } of jobs) for (const outcome of outcomes) this.#runs.inc({ job, outcome }, 0)
  }

  ran(job: string, { outcome, stats }: { outcome: JobOutcome; stats: JobStats | null }, milliseconds: number): void {
    this.#runs.inc({ job, outcome })
    if (outcome !== 'skipped') this.#durations.observe({ job }, milliseconds / 1_000)
    for (const [item, count] of Object.entries(stats ?? {})) this.#items.inc({ job, item }, count)
  }

  /** What the database knows of all processes' runs, and of the work that is left. Looked for at a scrape of a process that runs jobs. */
  watch(closing: Pick<DayClosing, 'findDue'>, lastSuccesses: () => Promise<{ job: string; seconds: number }[]>): void {
    const registry = this.#registry
    const due = sharedRead(() => closing.findDue())
    const successes = sharedRead(lastSuccesses)
    const { gauge } = observedIn(registry)
    gauge('doorstep_members_due', 'Members who have a day to close just now.', async () => (await due())?.members ?? null)
    const lateHelp = 'Those of them whose receipt is late: the day could have been closed ten minutes ago.'
    gauge('doorstep_members_due_late', lateHelp, async () => (await due())?.late ?? null)
    const oldestHelp = 'The instant since which the first of them has been due; 0 where nobody is.'
    gauge('doorstep_oldest_due_timestamp_seconds', oldestHelp, async () => (await due())?.oldestSeconds ?? null)
    new Gauge({
      name: 'doorstep_job_last_success_timestamp_seconds',
      help: 'When the last run of a job ended well, in whatever process.',
      labelNames: ['job'],
      registers: [registry],
      async collect() {
        this.reset()
        for (const { job, seconds } of (await successes()) ?? []) this.set({ job }, seconds)
      },
    })
  }
}
