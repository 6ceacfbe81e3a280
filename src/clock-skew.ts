import type { Clock } from './clock.js'
import type { Queryable } from './database/database.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics/metrics.js'

const toleranceSeconds = 30
const checkEveryMs = 60_000

type Dependencies = { database: Queryable; clock: Clock; metrics: Metrics; log: Log }

/**
 * Compares this process's clock with PostgreSQL's, by which all instances agree. One that is wrong
 * misjudges tokens, and moves all workers' next runs: BullMQ computes them by the local clock.
 */
export class ClockSkew {
  readonly #deps: Dependencies
  readonly #listeners: ((isRight: boolean) => void)[] = []
  /** Positive where this process's clock is ahead. */
  #seconds = 0
  #timer: NodeJS.Timeout | undefined

  constructor(deps: Dependencies) {
    this.#deps = deps
    const help = "How far this process's clock is ahead of PostgreSQL's; negative where it is behind."
    deps.metrics.gauge('doorstep_clock_skew_seconds', help, () => this.#seconds)
  }

  /** What is wrong with this process's clock; null where nothing is, or it is not known yet. */
  get problem(): string | null {
    const seconds = Math.abs(this.#seconds)
    if (seconds <= toleranceSeconds) return null
    return `${Math.round(seconds)} s ${this.#seconds > 0 ? 'ahead of' : 'behind'} PostgreSQL`
  }

  /** Tells whether the clock is right, now and whenever that changes. */
  watch(listener: (isRight: boolean) => void): void {
    this.#listeners.push(listener)
    listener(this.problem === null)
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => this.check(), checkEveryMs).unref()
    await this.check()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async check(): Promise<void> {
    const { clock, database, log } = this.#deps
    try {
      const before = clock.now().getTime()
      const [{ now }] = await database.$queryRaw<[{ now: Date }]>`SELECT ${clock.sqlNow} AS now`
      this.#note(skewSeconds(before, now.getTime(), clock.now().getTime()))
    } catch (err) {
      log.warn({ err }, "the clock could not be compared with PostgreSQL's")
    }
  }

  #note(seconds: number): void {
    const { log } = this.#deps
    const wasRight = this.problem === null
    this.#seconds = seconds
    const isRight = this.problem === null
    if (isRight === wasRight) return
    if (isRight) log.info({ seconds }, 'the clock is right again: ready')
    else log.error({ seconds, toleranceSeconds }, `the clock is ${this.problem}: not ready, and no job is taken, until it is set right`)
    for (const listener of this.#listeners) listener(isRight)
  }
}

/** The least that the clocks differ by: when between the two PostgreSQL read its own is unknown. */
function skewSeconds(before: number, database: number, after: number): number {
  if (before > database) return (before - database) / 1_000
  return after < database ? (after - database) / 1_000 : 0
}
