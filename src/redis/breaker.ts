import type { Log } from '../log.js'

export type BreakerState = 'closed' | 'half-open' | 'open'

const maxFailures = 3
const openMs = 1_000

type Options = {
  caller: string
  log: Pick<Log, 'warn'>
  onChange?(state: BreakerState): void
  /** A clock that is never set: milliseconds since some moment. */
  nowMs?(): number
}

/**
 * Stops calls to a store that does not answer: after some failures in a row each is rejected at
 * once. After the pause one call is let through, and its outcome decides.
 *
 * Our own: the maintained ones (cockatiel 4, opossum 10) do not run on Node 20.
 */
export class Breaker {
  readonly #options: Options & { nowMs(): number }
  #state: BreakerState = 'closed'
  #failures = 0
  #openUntilMs = 0

  constructor(options: Options) {
    this.#options = { nowMs: () => performance.now(), ...options }
  }

  /** False while every call is rejected. */
  get lets(): boolean {
    return this.#state === 'closed' || (this.#state === 'open' && this.#options.nowMs() >= this.#openUntilMs)
  }

  /** The answer; or null, where the action failed or was not tried. */
  async run<T>(action: () => Promise<T>): Promise<T | null> {
    if (!this.lets) return null
    const trial = this.#state === 'open'
    if (trial) this.#become('half-open')
    try {
      const answer = await action()
      this.#failures = 0
      // A result that was under way before the pause closes the breaker, as the trial's does.
      this.#become('closed')
      return answer
    } catch (cause) {
      this.#failures++
      if (trial || this.#failures >= maxFailures) this.#open(cause)
      return null
    }
  }

  #open(cause: unknown) {
    this.#openUntilMs = this.#options.nowMs() + openMs
    this.#become('open', cause)
  }

  #become(state: BreakerState, cause?: unknown) {
    if (state === this.#state) return
    this.#state = state
    const { caller, log, onChange } = this.#options
    log.warn({ state, err: cause }, `the breaker between ${caller} and Redis has changed`)
    onChange?.(state)
  }
}
