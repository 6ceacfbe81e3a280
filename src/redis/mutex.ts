import type { Redis } from 'ioredis'
import Redlock from 'redlock'
import type { Log } from '../log.js'

export type Outcome<T> = { held: true; result: T } | { held: false }

/**
 * A courtesy between workers: of several that start one job at once, one does it. Never a guarantee: what a job does
 * must be right with any number of them at once, since a lock can expire, be flushed, or be handed out twice.
 */
export class Mutex {
  readonly #redlock: Redlock
  readonly #log: Log
  readonly #ttlMs: number

  constructor(redis: Redis, { log, ttlMs = 10_000 }: { log: Log; ttlMs?: number }) {
    this.#redlock = new Redlock([redis], { retryCount: 0 })
    this.#redlock.on('error', (err) => this.#log.debug({ err }, 'the mutex could not be taken or kept'))
    this.#log = log
    this.#ttlMs = ttlMs
  }

  /**
   * Runs `work` while holding the mutex, which is extended as long as it takes; its signal aborts where that fails.
   * Not held: somebody else has it, or Redis is out of reach, or taking it took so long that it may have expired.
   */
  async run<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> {
    let outcome: Outcome<T> = { held: false }
    let failure: { error: unknown } | null = null
    const askedAt = performance.now()
    try {
      await this.#redlock.using(
        [`mutex:{${name}}`],
        this.#ttlMs,
        { retryCount: 0, automaticExtensionThreshold: this.#ttlMs / 2 },
        async (signal) => {
          // After contention or a long pause redlock can hand out a lock that has expired already.
          if (performance.now() - askedAt > this.#ttlMs / 2) return
          try {
            outcome = { held: true, result: await work(signal) }
          } catch (error) {
            failure = { error }
          }
        },
      )
    } catch (err) {
      // Not taken at all; or released without being there any more, after the work was done: that stands.
      if (outcome.held) this.#log.warn({ err, name }, 'the mutex could not be released')
    }
    if (failure) throw (failure as { error: unknown }).error
    return outcome
  }
}
