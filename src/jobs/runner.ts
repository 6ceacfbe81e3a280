import { v7 as newId } from 'uuid'
import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { DayClosing } from '../day/closing.js'
import type { Log } from '../log.js'
import type { Mutex } from '../redis/mutex.js'
import type { Job, JobStats } from './job.js'
import { finishRun, type JobOutcome, startRun } from './job-run.sql.js'
import type { Purge } from './purge.js'

export type RunResult = { outcome: Exclude<JobOutcome, 'failed'>; stats: JobStats | null }

type Dependencies = { database: Queryable; clock: Clock; log: Log; mutex: Mutex; closing: DayClosing; purge: Purge }

/** Runs a job once, and leaves a row and a line in the log that say what it did. */
export class JobRunner {
  readonly #dependencies: Dependencies

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies
  }

  /** Under the job's mutex: where that is held elsewhere, or Redis is out of reach, the run is skipped, which is no failure. */
  run(job: Job, stop: AbortSignal): Promise<RunResult> {
    return this.#record(job, async () => {
      const run = await this.#dependencies.mutex.run(job.name, (held) => this.#work(job, AbortSignal.any([stop, held])))
      return run.held ? { outcome: 'done', stats: run.result } : { outcome: 'skipped', stats: null }
    })
  }

  /** Whether or not another run is under way: for when Redis may be empty or absent. */
  runWithoutMutex(job: Job, stop: AbortSignal): Promise<RunResult> {
    return this.#record(job, async () => ({ outcome: 'done', stats: await this.#work(job, stop) }))
  }

  #work(job: Job, signal: AbortSignal): Promise<JobStats> {
    const { closing, purge } = this.#dependencies
    return job.run({ closing, purge, signal })
  }

  async #record(job: Job, run: () => Promise<RunResult>): Promise<RunResult> {
    const { database, clock, log } = this.#dependencies
    const id = newId()
    await startRun(database, clock, id, job.name)
    try {
      const result = await run()
      await finishRun(database, clock, id, { ...result, error: null })
      log[result.outcome === 'done' ? 'info' : 'debug']({ job: job.name, ...result }, 'a job ran')
      return result
    } catch (err) {
      log.error({ err, job: job.name }, 'a job failed')
      await finishRun(database, clock, id, { outcome: 'failed', stats: null, error: String(err) }).catch(() => {})
      throw err
    }
  }
}
