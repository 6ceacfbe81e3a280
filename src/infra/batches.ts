import { serviceUnavailable } from '../errors.js'

/** What becomes of one who asks. Null: nothing was done for it, since it would have had to wait, or because of others in its batch. */
export type Outcome<Answer> = { answer: Answer } | { error: unknown } | null

export type Batching = {
  /** So many batches are under way at a time. */
  lanes: number
  /** So many asks are in a batch at most. */
  most: number
  /** So long an ask waits for its batch at most. */
  maxWaitMs: number
  /** Is told the size of each batch. */
  onBatch?(size: number): void
}

type Options<Ask, Answer> = Batching & {
  /** Asks with one key are never in two batches at a time. */
  keyOf(ask: Ask): string
  /** Only asks of one kind go together. */
  kindOf(ask: Ask): unknown
  /** Whether asks with one key may go together: then they stand in the order in which they came. */
  sameKeyTogether: boolean
  /**
   * Gives an outcome for each. It must not wait for locks, unless it may be `patient`: then all asks have one key. Where it
   * throws, it is everybody's error.
   */
  run(asks: Ask[], how: { patient: boolean }): Promise<Outcome<Answer>[]>
}

type Waiting<Ask, Answer> = {
  ask: Ask
  key: string
  kind: unknown
  since: number
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/**
 * Does together what is asked for at the same time: an ask that finds a free lane goes alone and at once, others wait for the next
 * lane and go with whoever waits too. So a batch is as large as the load makes it, and a burst costs little more than one
 * ask: what a database calls a group commit.
 *
 * Nobody pays for what holds up somebody else: those for whom nothing was done are asked for once more, by key, in no lane.
 */
export class Batches<Ask, Answer> {
  readonly #options: Options<Ask, Answer>
  readonly #busyKeys = new Set<string>()
  #waiting: Waiting<Ask, Answer>[] = []
  #underWay = 0

  constructor(options: Options<Ask, Answer>) {
    this.#options = options
  }

  ask(ask: Ask): Promise<Answer> {
    const { keyOf, kindOf } = this.#options
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, key: keyOf(ask), kind: kindOf(ask), since: performance.now(), resolve, reject })
      this.#fillLanes()
    })
  }

  #fillLanes(): void {
    while (this.#underWay < this.#options.lanes && this.#waiting.length > 0) {
      const batch = this.#take()
      if (batch.size === 0) return
      this.#underWay++
      void this.#run(batch)
    }
  }

  /** The next batch, by keys: whoever has waited longest and may go, with those who may go along. */
  #take(): Map<string, Waiting<Ask, Answer>[]> {
    const { most, sameKeyTogether } = this.#options
    const batch = new Map<string, Waiting<Ask, Answer>[]>()
    const left: Waiting<Ask, Answer>[] = []
    let first: Waiting<Ask, Answer> | undefined
    let size = 0
    for (const one of this.#waiting) {
      if (this.#waitedTooLong(one)) {
        one.reject(serviceUnavailable())
        continue
      }
      const ofItsKey = batch.get(one.key)
      const goes =
        size < most && !this.#busyKeys.has(one.key) && (!first || one.kind === first.kind) && (sameKeyTogether || ofItsKey === undefined)
      if (!goes) {
        left.push(one)
        continue
      }
      first ??= one
      size++
      if (ofItsKey) ofItsKey.push(one)
      else batch.set(one.key, [one])
    }
    for (const key of batch.keys()) this.#busyKeys.add(key)
    this.#waiting = left
    return batch
  }

  async #run(batch: Map<string, Waiting<Ask, Answer>[]>): Promise<void> {
    const all = [...batch.values()].flat()
    this.#options.onBatch?.(all.length)
    const unserved = await this.#settle(all, { patient: false })
    this.#underWay--
    for (const [key, asked] of batch) {
      const again = asked.filter((one) => unserved.has(one))
      if (again.length === 0) this.#busyKeys.delete(key)
      else void this.#runAlone(key, again)
    }
    this.#fillLanes()
  }

  async #runAlone(key: string, asked: Waiting<Ask, Answer>[]): Promise<void> {
    await this.#settle(asked, { patient: true })
    this.#busyKeys.delete(key)
    this.#fillLanes()
  }

  /** Gives those for whom nothing was done, and who may still wait. */
  async #settle(asked: Waiting<Ask, Answer>[], how: { patient: boolean }): Promise<Set<Waiting<Ask, Answer>>> {
    const unserved = new Set<Waiting<Ask, Answer>>()
    try {
      const outcomes = await this.#options.run(
        asked.map(({ ask }) => ask),
        how,
      )
      for (const [index, one] of asked.entries()) {
        const outcome = outcomes[index] ?? null
        if (outcome === null && !how.patient && !this.#waitedTooLong(one)) unserved.add(one)
        else if (outcome === null) one.reject(serviceUnavailable())
        else if ('error' in outcome) one.reject(outcome.error)
        else one.resolve(outcome.answer)
      }
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
    return unserved
  }

  #waitedTooLong({ since }: Waiting<Ask, Answer>): boolean {
    return performance.now() - since > this.#options.maxWaitMs
  }
}
