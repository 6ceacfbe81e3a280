import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { ClockSkew } from '../clock-skew.js'
import type { Log } from '../log.js'
import { openRedis } from '../redis/redis.js'
import type { Job } from './job.js'
import type { JobRunner } from './runner.js'

export const queueName = 'doorstep-jobs'

/** BullMQ's own prefix, in braces: all keys of the queue are in one slot of a Redis Cluster. */
export const prefix = '{bull}'

/** Runs that are kept in Redis for the dashboard; the lasting record is the table job_run. */
const kept = { removeOnComplete: { count: 200 }, removeOnFail: { count: 200 } }

/** How much later than a period from now a next run may be: smaller clock skew is accepted. */
const toleranceMs = 60_000

type Options = {
  redisUrl: string
  jobs: readonly Job[]
  /** What every worker also does on a plain timer. */
  sweep: { job: Job; everyMs: number }
  runner: JobRunner
  clockSkew: Pick<ClockSkew, 'watch'>
  log: Log
}

/** Starts jobs by BullMQ, and by a plain timer: without Redis a night is late, never lost. */
export class Scheduler {
  readonly queue: Queue
  readonly #options: Options
  readonly #stop = new AbortController()
  readonly #connection: Redis
  #worker: Worker | null = null
  #clockIsRight = true
  #timer: NodeJS.Timeout | null = null
  #sweep: Promise<unknown> | null = null

  constructor(options: Options) {
    this.#options = options
    this.#connection = workerConnection(options.redisUrl, options.log)
    this.queue = new Queue(queueName, { connection: this.#connection, prefix })
    this.queue.on('error', (err) => options.log.debug({ err }, 'the queue of jobs is out of reach'))
  }

  /** Declares the schedulers before the worker; without Redis, as soon as it is back. */
  async start(): Promise<void> {
    const { jobs, sweep, clockSkew, log } = this.#options
    // A slot for each job, so that a long purge does not delay a night.
    const options = { connection: this.#connection, prefix, concurrency: jobs.length, autorun: false }
    this.#worker = new Worker(queueName, (job) => this.#ring(job.name), options)
    this.#worker.on('error', (err) => log.debug({ err }, 'the worker of jobs is out of reach of Redis'))
    // On each connection: a new primary has a configuration of its own.
    this.#connection.on('ready', () => this.#checkEviction())
    if (this.#connection.status === 'ready') void this.#checkEviction()
    clockSkew.watch((isRight) => this.#work(isRight))
    this.#timer = setInterval(() => {
      if (this.#clockIsRight) this.#declareSoon()
      this.#sweepSoon()
    }, sweep.everyMs)
  }

  /** Lets a job that runs come to the end of its chunk. */
  async stop(): Promise<void> {
    this.#stop.abort()
    if (this.#timer) clearInterval(this.#timer)
    await this.#sweep
    const reachable = this.#connection.status === 'ready'
    const closed = Promise.all([this.#worker?.close(!reachable), this.queue.close()]).catch(() => {})
    // BullMQ waits for an absent Redis without end.
    await Promise.race([closed, sleep(reachable ? 8_000 : 100, null, { ref: false })])
    this.#connection.disconnect()
  }

  /** Upserts the schedulers and removes others: they outlive their code; FLUSHALL erases them. */
  async declare(): Promise<void> {
    const { jobs } = this.#options
    for (const { key, next = 0 } of await this.queue.getJobSchedulers()) {
      const job = jobs.find(({ name }) => name === key)
      // Upserting keeps the next run, also one that a wrong clock has put too far off.
      if (!job || next > Date.now() + job.everyMs + toleranceMs) await this.queue.removeJobScheduler(key)
    }
    for (const { name, everyMs } of jobs) {
      // Not a cron pattern: upserting one removes an overdue run, so a deployment over midnight
      // would lose the night, and cron libraries skip local midnights that don't exist.
      await this.queue.upsertJobScheduler(
        name,
        { every: everyMs },
        { name, opts: { ...kept, attempts: 3, backoff: { type: 'exponential', delay: 1_000 } } },
      )
    }
  }

  /** Works only while the clock is right: BullMQ sets next runs by it, for all workers. */
  #work(clockIsRight: boolean) {
    this.#clockIsRight = clockIsRight
    if (!clockIsRight) return void this.#worker?.pause(true)
    this.#declareSoon()
    this.#worker?.resume()
  }

  /** A Redis that evicts keys may evict jobs; the sweep runs later. CONFIG may be forbidden. */
  async #checkEviction(): Promise<void> {
    const [, policy] = (await this.#connection.config('GET', 'maxmemory-policy').catch(() => [])) as string[]
    if (policy && policy !== 'noeviction') {
      this.#options.log.warn({ policy }, 'the Redis of the jobs evicts keys when its memory is full: set maxmemory-policy to noeviction')
    }
  }

  #declareSoon() {
    this.declare().catch((err) => this.#options.log.warn({ err }, 'the schedulers of jobs could not be declared'))
  }

  async #ring(name: string) {
    const job = this.#options.jobs.find((candidate) => candidate.name === name)
    return job ? this.#options.runner.run(job, this.#stop.signal) : { outcome: 'skipped', stats: null }
  }

  /** One at a time, however long it takes. The runner logs what fails. */
  #sweepSoon() {
    this.#sweep ??= this.#options.runner
      .run(this.#options.sweep.job, this.#stop.signal, { withoutRedis: true })
      .catch(() => {})
      .finally(() => {
        this.#sweep = null
      })
  }
}

/** BullMQ waits in a blocking command, and must never give up on it. */
function workerConnection(url: string, log: Log): Redis {
  const redis = openRedis(url, { maxRetriesPerRequest: null })
  redis.on('error', (err) => log.warn({ err }, 'the connection of the jobs to Redis failed'))
  return redis
}
