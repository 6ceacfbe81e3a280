import type { DayClosing } from '../day/closing.js'
import type { Purge } from './purge.js'

/** What jobs work with, and the signal to stop between two chunks. */
export type JobContext = { closing: DayClosing; purge: Purge; signal: AbortSignal }

export type JobStats = Record<string, number>

export type Job = {
  name: string
  everyMs: number
  /** What it does must be right with any number of runs at once: the mutex is a courtesy. */
  run(context: JobContext): Promise<JobStats>
}

export const defineJob = (job: Job): Job => job
