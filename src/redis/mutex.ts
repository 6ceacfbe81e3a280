import type { Redis } from 'ioredis'
import Redlock, { ExecutionError, ResourceLockedError } from 'redlock'
import type { Log } from '../log.js'

/** Held: the work was done. Busy: somebody else has the mutex. Unreachable: Redis does not answer. */
export type MutexOutcome<T> = { state: 'held'; result: T } | { state: 'busy' } | { state: 'unreachable' }

/**
 * A courtesy between workers: of several that start one job at once, one does it. Never a guarantee: what a job does
 * must be right with any number of them at once, since a lock can expire, be flushed, or be handed out twice.
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

  /** Runs `work` while holding the mutex, which is extended as long as it takes; its signal aborts where that fails. */
  async run<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<MutexOutcome<T>> {
    let outcome: MutexOutcome<T> | null = null
    let failure: { error: unknown } | null = null
    const requestedAt = performance.now()
    try {
      await this.#redlock.using([`mutex:{${name}}`], this.#ttlMs, async (signal) => {
        // After contention or a long pause redlock can hand out a lock that has expired already, and be somebody else's.
        if (performance.now() - requestedAt > this.#ttlMs / 2) return
        try {
          outcome = { state: 'held', result: await work(signal) }
        } catch (error) {
          failure = { error }
        }
      })
    } catch (err) {
      if (!outcome && !failure) return { state: (await isHeldElsewhere(err)) ? 'busy' : 'unreachable' }
      // Released without being there any more, after the work was done: that stands.
      this.#log.warn({ err, name }, 'the mutex could not be released')
    }
    if (failure) throw (failure as { error: unknown }).error
    return outcome ?? { state: 'busy' }
  }
}

/** Whether it was rejected since another has it, or since Redis could not be reached. */
async function isHeldElsewhere(error: unknown): Promise<boolean> {
  if (!(error instanceof ExecutionError)) return false
  const attempts = await Promise.all(error.attempts)
  return attempts.some(({ votesAgainst }) => [...votesAgainst.values()].some((reason) => reason instanceof ResourceLockedError))
}
