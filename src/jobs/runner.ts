import { v7 as newId } from 'uuid'
import { unavailable } from '../database/unavailable.js'
import type { DayClosing } from '../day/closing.js'
import type { ServiceDeps } from '../member/change.js'
import type { Mutex } from '../redis/mutex.js'
import type { Tracing } from '../tracing/tracing.js'
import type { Job, JobStats } from './job.js'
import type { JobMetrics } from './job-metrics.js'
import { finishRun, type JobOutcome, startRun } from './job-run.sql.js'
import type { Purge } from './purge.js'

export type RunResult = { outcome: Exclude<JobOutcome, 'failed'>; stats: JobStats | null }

type Dependencies = Pick<ServiceDeps, 'database' | 'clock' | 'log'> & {
  mutex: Mutex
  closing: DayClosing
  purge: Purge
  metrics?: Pick<JobMetrics, 'ran'> | null
  tracing?: Tracing | null
}

const skipped: RunResult = { outcome: 'skipped', stats: null }

/** Runs a job once, and leaves a row and a line in the log that say what it did. */
export class JobRunner {
  readonly #deps: Dependencies
  readonly #running = new Set<string>()

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  /**
   * Runs under the job's mutex. Where it is held elsewhere, the run is skipped, which is no
   * failure; without Redis too, unless `withoutRedis`: somebody must run it.
   */
  run(job: Job, stop: AbortSignal, { withoutRedis = false } = {}): Promise<RunResult> {
    return this.#record(job, () => this.#runUnderMutex(job, stop, withoutRedis))
  }

  async #runUnderMutex(job: Job, stop: AbortSignal, withoutRedis: boolean): Promise<RunResult> {
    // A process must not begin a job that it already runs, without the mutex too.
    if (this.#running.has(job.name)) return skipped
    this.#running.add(job.name)
    try {
      const run = await this.#deps.mutex.run(job.name, (held) => this.#work(job, AbortSignal.any([stop, held])))
      if (run.state === 'held') return run.result
      return run.state === 'unreachable' && withoutRedis ? await this.#work(job, stop) : skipped
    } finally {
      this.#running.delete(job.name)
    }
  }

  async #work(job: Job, signal: AbortSignal): Promise<RunResult> {
    const { closing, purge } = this.#deps
    const stats = await job.run({ closing, purge, signal })
    return { outcome: signal.aborted ? 'interrupted' : 'done', stats }
  }

  #record(job: Job, run: () => Promise<RunResult>): Promise<RunResult> {
    const { tracing } = this.#deps
    return tracing ? tracing.span(`job ${job.name}`, {}, () => this.#recorded(job, run)) : this.#recorded(job, run)
  }

  async #recorded(job: Job, run: () => Promise<RunResult>): Promise<RunResult> {
    const { database, clock, log, metrics } = this.#deps
    const id = newId()
    const startedAt = performance.now()
    const ran = (result: { outcome: JobOutcome; stats: JobStats | null }) => metrics?.ran(job.name, result, performance.now() - startedAt)
    try {
      await startRun(database, clock, id, job.name)
      const result = await run()
      await finishRun(database, clock, id, { ...result, error: null })
      ran(result)
      log[result.outcome === 'skipped' ? 'debug' : 'info']({ job: job.name, ...result }, 'a job ran')
      return result
    } catch (err) {
      ran({ outcome: 'failed', stats: null })
      // A run that an absent store ends is tried again, and is no fault of ours.
      log[unavailable(err) ? 'warn' : 'error']({ err, job: job.name }, 'a job failed')
      await finishRun(database, clock, id, { outcome: 'failed', stats: null, error: String(err) }).catch(() => {})
      throw err
    }
  }
}
