import type { Redis } from 'ioredis'
import Redlock, { ExecutionError, ResourceLockedError } from 'redlock'
import type { Log } from '../log.js'

/** Held: the work was done. Busy: somebody else has it. Unreachable: Redis does not answer. */
export type MutexOutcome<T> = { state: 'held'; result: T } | { state: 'busy' } | { state: 'unreachable' }

/**
 * A courtesy: of several workers that start one job at once, one does it. Never a guarantee: a job
 * must be right with any number of them, since a lock can expire, be flushed or be held twice.
 */
export class Mutex {
  readonly #redlock: Redlock
  readonly #log: Log
  readonly #ttlMs: number

  constructor(redis: Redis, { log, ttlMs = 10_000 }: { log: Log; ttlMs?: number }) {
    this.#redlock = new Redlock([redis], { retryCount: 0, automaticExtensionThreshold: ttlMs / 2 })
    this.#redlock.on('error', (err) => this.#log.debug({ err }, 'the mutex could not be taken or kept'))
    this.#log = log
    this.#ttlMs = ttlMs
  }

  /** Runs `work` with the mutex, extended as long as it takes; `signal` aborts where that fails. */
  async run<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<MutexOutcome<T>> {
    let outcome: MutexOutcome<T> | null = null
    let failure: { error: unknown } | null = null
    const requestedAt = performance.now()
    try {
      await this.#redlock.using([`mutex:{${name}}`], this.#ttlMs, async (signal) => {
        // After contention or a long pause redlock can hand out a lock that has expired: another's.
        if (performance.now() - requestedAt > this.#ttlMs / 2) return
        try {
          outcome = { state: 'held', result: await work(signal) }
        } catch (error) {
          failure = { error }
        }
      })
    } catch (err) {
      if (!outcome && !failure) return { state: (await isHeldElsewhere(err)) ? 'busy' : 'unreachable' }
      // The lock had gone when it was released, after the work was done: its result stands.
      this.#log.warn({ err, name }, 'the mutex could not be released')
    }
    if (failure) throw (failure as { error: unknown }).error
    return outcome ?? { state: 'busy' }
  }
}

/** Whether somebody else has the mutex; false where Redis could not be reached. */
async function isHeldElsewhere(error: unknown): Promise<boolean> {
  if (!(error instanceof ExecutionError)) return false
  const attempts = await Promise.all(error.attempts)
  return attempts.some(({ votesAgainst }) => [...votesAgainst.values()].some((reason) => reason instanceof ResourceLockedError))
}
