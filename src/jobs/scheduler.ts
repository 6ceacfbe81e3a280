import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { Log } from '../log.js'
import type { Job } from './job.js'
import type { JobRunner } from './runner.js'

export const queueName = 'doorstep-jobs'

/** Runs that are kept in Redis for the dashboard; the lasting record is the table job_run. */
const kept = { removeOnComplete: { count: 200 }, removeOnFail: { count: 200 } }

type Options = {
  redisUrl: string
  jobs: readonly Job[]
  runner: JobRunner
  log: Log
  /** Every worker also sweeps on a plain timer. */
  sweepEveryMs: number
}

/**
 * Rings for the jobs: BullMQ's job schedulers, and a plain timer beside them, so that an empty or absent Redis delays
 * and never loses a night. BullMQ is the alarm clock, never the guarantee.
 */
export class Scheduler {
  readonly #options: Options
  readonly #stop = new AbortController()
  readonly #queue: Queue
  readonly #connection: Redis
  #worker: Worker | null = null
  #timer: NodeJS.Timeout | null = null
  #sweep: Promise<void> = Promise.resolve()

  constructor(options: Options) {
    this.#options = options
    this.#connection = workerConnection(options.redisUrl, options.log)
    this.#queue = new Queue(queueName, { connection: this.#connection })
    this.#queue.on('error', (err) => options.log.debug({ err }, 'the queue of jobs is out of reach'))
  }

  get queue(): Queue {
    return this.#queue
  }

  /** Declares the schedulers before there is a worker; works on without Redis, whose part then comes as soon as it is back. */
  async start(): Promise<void> {
    const { log, sweepEveryMs } = this.#options
    this.#declareSoon()
    this.#worker = new Worker(queueName, (job) => this.#ring(job.name), { connection: this.#connection, concurrency: 1 })
    this.#worker.on('error', (err) => log.debug({ err }, 'the worker of jobs is out of reach of Redis'))
    this.#timer = setInterval(() => {
      this.#declareSoon()
      this.#sweep = this.#sweepAll()
    }, sweepEveryMs)
  }

  /** Lets a job that runs come to the end of its chunk. */
  async stop(): Promise<void> {
    this.#stop.abort()
    if (this.#timer) clearInterval(this.#timer)
    await this.#sweep
    const reachable = this.#connection.status === 'ready'
    const closed = Promise.all([this.#worker?.close(!reachable), this.#queue.close()]).catch(() => {})
    // BullMQ waits for a Redis that is not there as long as it takes.
    await Promise.race([closed, sleep(reachable ? 8_000 : 100, null, { ref: false })])
    this.#connection.disconnect()
  }

  /** Upserts the declared schedulers and removes the others: a scheduler outlives its code, and FLUSHALL erases it. */
  async declare(): Promise<void> {
    const { jobs } = this.#options
    for (const { name, everyMs } of jobs) {
      // `every`, not a cron pattern: that one removes an overdue run when it is upserted, so that a redeployment over
      // midnight would lose the night, and cron libraries skip local midnights that don't exist.
      await this.#queue.upsertJobScheduler(
        name,
        { every: everyMs },
        { name, opts: { ...kept, attempts: 3, backoff: { type: 'exponential', delay: 1_000 } } },
      )
    }
    const declared = new Set(jobs.map(({ name }) => name))
    for (const { key } of await this.#queue.getJobSchedulers()) {
      if (!declared.has(key)) await this.#queue.removeJobScheduler(key)
    }
  }

  #declareSoon() {
    this.declare().catch((err) => this.#options.log.warn({ err }, 'the schedulers of jobs could not be declared'))
  }

  async #ring(name: string) {
    const job = this.#options.jobs.find((candidate) => candidate.name === name)
    return job ? this.#options.runner.run(job, this.#stop.signal) : { outcome: 'skipped', stats: null }
  }

  async #sweepAll(): Promise<void> {
    for (const job of this.#options.jobs) {
      if (this.#stop.signal.aborted) return
      await this.#options.runner.runWithoutMutex(job, this.#stop.signal).catch(() => {})
    }
  }
}

/** BullMQ waits in a blocking command, and must never give up on it. */
function workerConnection(url: string, log: Log): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: (attempt) => Math.min(attempt * 100, 2_000) })
  redis.on('error', (err) => log.debug({ err }, 'the connection of the jobs to Redis failed'))
  return redis
}
