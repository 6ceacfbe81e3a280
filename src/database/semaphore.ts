import { serviceUnavailable } from '../errors.js'

type Options = {
  permits: number
  maxQueued?: number
  /** How long one waits at most; left out, as long as it takes. */
  maxWaitMs?: number
}

/** Lets so many run at once; the others wait in the order of their arrival. */
export class Semaphore {
  readonly #options: Options
  readonly #queue: (() => void)[] = []
  #running = 0
  #begun = 0

  constructor(options: Options) {
    this.#options = options
  }

  get running(): number {
    return this.#running
  }

  get queued(): number {
    return this.#queue.length
  }

  /** How many have come so far, whatever became of them. */
  get begun(): number {
    return this.#begun
  }

  /** Throws SERVICE_UNAVAILABLE where too many wait, or it waited too long: nothing was begun. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { permits, maxQueued = Number.POSITIVE_INFINITY } = this.#options
    this.#begun++
    if (this.#running < permits) this.#running++
    else if (this.#queue.length < maxQueued) await this.#turn()
    else throw serviceUnavailable(new Error('too many wait for a turn'))
    try {
      return await work()
    } finally {
      // The permit goes to the next one, or back.
      const next = this.#queue.shift()
      if (next) next()
      else this.#running--
    }
  }

  #turn(): Promise<void> {
    const { maxWaitMs } = this.#options
    return new Promise((resolve, reject) => {
      if (maxWaitMs === undefined) {
        this.#queue.push(resolve)
        return
      }
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#queue.splice(this.#queue.indexOf(begin), 1)
        reject(serviceUnavailable(new Error('a turn was waited for too long')))
      }, maxWaitMs)
      this.#queue.push(begin)
    })
  }
}

/** A queue for each member: a member's units of work run one after the other. */
export class MemberQueues {
  readonly #options: Omit<Options, 'permits'>
  readonly #queues = new Map<string, Semaphore>()

  constructor(options: Omit<Options, 'permits'>) {
    this.#options = options
  }

  get size(): number {
    return this.#queues.size
  }

  async run<T>(memberId: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(memberId) ?? new Semaphore({ ...this.#options, permits: 1 })
    this.#queues.set(memberId, queue)
    try {
      return await queue.run(work)
    } finally {
      if (queue.running === 0 && this.#queues.get(memberId) === queue) this.#queues.delete(memberId)
    }
  }
}
