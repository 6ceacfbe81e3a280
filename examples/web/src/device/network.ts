import { Signal } from '../../../client/src/signal.js'

/** How often an answer is lost where answers are to be lost. */
const lossRate = 0.6

/**
 * The network as one device has it: knows whether the server can be reached, and can be cut off or made to lose answers, which the demo and
 * the tests do.
 */
export class Network {
  readonly #changes = new Signal<void>()
  #cut = new AbortController()
  #reaches = true
  losesAnswers = false
  /** Answers lost after the server had done what was wanted. */
  lost = 0

  readonly onChange = this.#changes.listen

  constructor() {
    for (const event of ['online', 'offline']) globalThis.addEventListener(event, () => this.#changes.emit())
  }

  get isOffline(): boolean {
    return !navigator.onLine || this.#cut.signal.aborted || !this.#reaches
  }

  /** Cuts the device off, streams and all, or connects it again. */
  cut(isCut: boolean): void {
    if (isCut) this.#cut.abort(new TypeError('The network is away.'))
    else {
      this.#cut = new AbortController()
      this.#reaches = true
      // What the browser says when its own network is back: whoever waits tries now.
      globalThis.dispatchEvent(new Event('online'))
    }
    this.#changes.emit()
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const given = init?.signal
    const signal = given ? AbortSignal.any([given, this.#cut.signal]) : this.#cut.signal
    try {
      const response = await fetch(input, { ...init, signal })
      if (this.losesAnswers && isMutation(init) && Math.random() < lossRate) return await this.#lose(response)
      this.#note(true)
      return response
    } catch (error) {
      const isGivenUp = given?.aborted && (given.reason as Error | undefined)?.name !== 'TimeoutError'
      if (!isGivenUp && !(error instanceof LostAnswer)) this.#note(false)
      throw error
    }
  }

  /** When it is all there, the server has done it. */
  async #lose(response: Response): Promise<never> {
    await response.text()
    this.lost++
    this.#changes.emit()
    throw new LostAnswer('The answer was lost.')
  }

  #note(reaches: boolean): void {
    if (this.#reaches === reaches) return
    this.#reaches = reaches
    this.#changes.emit()
  }
}

class LostAnswer extends TypeError {}

const isMutation = (init: RequestInit | undefined) =>
  typeof init?.body === 'string' && /"query":"mutation (?!SignIn|Refresh)/.test(init.body)
