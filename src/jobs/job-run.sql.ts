import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { JobStats } from './job.js'

export type JobOutcome = 'done' | 'interrupted' | 'skipped' | 'failed'

export async function startRun(db: Queryable, { sqlNow }: Clock, id: string, job: string): Promise<void> {
  await db.$executeRaw`INSERT INTO job_run (id, job, started_at) VALUES (${id}::uuid, ${job}, ${sqlNow})`
}

export type RunEnd = { outcome: JobOutcome; stats: JobStats | null; error: string | null }

export async function finishRun(db: Queryable, { sqlNow }: Clock, id: string, { outcome, stats, error }: RunEnd): Promise<void> {
  await db.$executeRaw`
    UPDATE job_run
    SET finished_at = ${sqlNow}, outcome = ${outcome}::job_outcome, stats = ${stats && JSON.stringify(stats)}::jsonb, error = ${error}
    WHERE id = ${id}::uuid`
}

type JobRun = { startedAt: string; outcome: JobOutcome | null; stats: JobStats | null; error: string | null }

/** When each job last ended well, in seconds since 1970; jobs that never did are left out. */
export async function readLastSuccesses(db: Queryable, jobs: readonly string[]): Promise<{ job: string; seconds: number }[]> {
  return db.$queryRaw`
    SELECT job, extract(epoch FROM last.finished_at)::float8 AS seconds
    FROM unnest(${jobs}::text[]) job CROSS JOIN LATERAL (
      SELECT finished_at FROM job_run WHERE job_run.job = job.job AND outcome = 'done' ORDER BY started_at DESC LIMIT 1
    ) last`
}

export async function readLastRuns(db: Queryable, job: string, limit: number): Promise<JobRun[]> {
  return db.$queryRaw`
    SELECT rfc3339(started_at) AS "startedAt", outcome, stats, error
    FROM job_run WHERE job = ${job} AND outcome IS DISTINCT FROM 'skipped' ORDER BY started_at DESC LIMIT ${limit}::int`
}
