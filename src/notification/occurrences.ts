type ByScenario = Map<string, string[]>

/**
 * The next rings of one feed's notifications. Those requested together, by any aliases and counts,
 * are read at once: for all notifications, by the largest count.
 */
export class Occurrences {
  readonly #read: (count: number) => Promise<ByScenario>
  #largestCount = 0
  #reading: Promise<ByScenario> | undefined

  constructor(read: (count: number) => Promise<ByScenario>) {
    this.#read = read
  }

  async of(scenarioId: string, count: number): Promise<string[]> {
    this.#largestCount = Math.max(this.#largestCount, count)
    this.#reading ??= this.#readSoon()
    return (await this.#reading).get(scenarioId)?.slice(0, count) ?? []
  }

  /** Waits for all requests of this moment. */
  async #readSoon(): Promise<ByScenario> {
    await Promise.resolve()
    const count = this.#largestCount
    this.#largestCount = 0
    this.#reading = undefined
    return this.#read(count)
  }
}
