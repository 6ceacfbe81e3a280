import type { ChangeSignal } from './live.types.js'

/** One client's signals, in one slot: a newer one replaces one not taken; nothing is queued. */
export class SignalStream implements AsyncIterableIterator<ChangeSignal> {
  #slot: ChangeSignal | null = null
  #take: { resolve(result: IteratorResult<ChangeSignal>): void; reject(error: unknown): void } | null = null
  #ended = false
  #error: unknown
  readonly #onEnd: () => void

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  put(signal: ChangeSignal): void {
    if (this.#ended) return
    const take = this.#take
    this.#take = null
    if (take) take.resolve({ value: signal, done: false })
    else this.#slot = signal
  }

  /** `error`: what its client is told at the end. */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd()
    const take = this.#take
    this.#take = null
    if (!take) this.#error = error
    else if (error) take.reject(error)
    else take.resolve({ value: undefined, done: true })
  }

  next(): Promise<IteratorResult<ChangeSignal>> {
    const signal = this.#slot
    this.#slot = null
    if (signal) return Promise.resolve({ value: signal, done: false })
    if (this.#ended) return this.#error ? Promise.reject(this.#error) : Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve, reject) => {
      this.#take = { resolve, reject }
    })
  }

  return(): Promise<IteratorResult<ChangeSignal>> {
    this.end()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
