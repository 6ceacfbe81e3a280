import { JobMetrics, watchJobs } from '../jobs/job-metrics.js'
import { readLastSuccesses } from '../jobs/job-run.sql.js'
import { jobs } from '../jobs/jobs.js'
import { midnightReset } from '../jobs/midnight-reset.job.js'
import { Purge } from '../jobs/purge.js'
import { JobRunner } from '../jobs/runner.js'
import { Mutex } from '../redis/mutex.js'
import type { Base } from './base.js'
import type { Services } from './services.js'
import type { Stores } from './stores.js'

/** What runs on its own: `runner` by hand, `scheduler` by time, in a process that runs jobs. */
export async function createJobs({ config, clock, metrics, tracing, log }: Base, stores: Stores, services: Services) {
  const { redis, transact } = stores
  const { closing, calendar, clockSkew } = services
  const runner = new JobRunner({
    database: stores.database.prisma,
    clock,
    log,
    mutex: new Mutex(redis, { log }),
    closing,
    purge: new Purge({ transact, calendar }),
    tracing,
    metrics: config.ROLE === 'api' ? null : new JobMetrics(metrics),
  })
  if (config.ROLE === 'api') return { runner, scheduler: null }
  const names = jobs.map(({ name }) => name)
  watchJobs(metrics, closing, () => readLastSuccesses(stores.database.prisma, names))
  // Loaded where it is needed only: BullMQ and Bull Board are a sixth of what a start loads.
  const { Scheduler } = await import('../jobs/scheduler.js')
  const scheduler = new Scheduler({
    redisUrl: config.QUEUE_REDIS_URL ?? config.REDIS_URL,
    jobs,
    sweep: { job: midnightReset, everyMs: config.SWEEP_EVERY_SECONDS * 1_000 },
    runner,
    clockSkew,
    log,
  })
  return { runner, scheduler }
}
