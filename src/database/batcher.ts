import { setTimeout as sleep } from 'node:timers/promises'
import { serviceUnavailable } from '../errors.js'
import type { Semaphore } from './semaphore.js'

/** `deferred`: nothing was done, since a row is locked or another request of the batch failed. */
export type BatchOutcome<Result> = { result: Result } | { error: unknown } | 'deferred'

export type Batching = {
  maxConcurrentBatches: number
  maxBatchSize: number
  maxWaitMs: number
  /** What those that must wait for a lock run through. */
  lockWaits: Pick<Semaphore, 'run'>
  /** The longest pause before each further run of what is deferred: most locks are held briefly. */
  pausesMs?: number[]
  onBatch?(size: number): void
}

type Options<Request, Result> = Batching & {
  /** Requests with the same key are never in two batches at a time. */
  partitionKey(request: Request): string
  /** Only requests of the same group share a batch. */
  groupKey(request: Request): unknown
  /** Whether a batch may hold several requests of one key, in the order of their arrival. */
  sameKeyTogether: boolean
  /**
   * Gives an outcome for each request; an error that it throws is the outcome of all. It must not
   * wait for locks, unless `waitForLocks` is true: then all requests have the same partition key.
   */
  run(requests: Request[], how: { waitForLocks: boolean }): Promise<BatchOutcome<Result>[]>
}

type Pending<Request, Result> = {
  request: Request
  key: string
  group: unknown
  since: number
  resolve(result: Result): void
  reject(error: unknown): void
}

/** Milliseconds for which a request waits for others at most, while another batch is under way. */
const maxFillMs = 5

/**
 * Runs requests that arrive together in one batch; one that finds none under way runs alone, at
 * once. Beside others, a batch begins when it is full, or its first request has waited a little.
 * No request waits for what blocks another: deferred ones run again by key, outside the slots, and
 * those that are deferred each time wait for their lock through `lockWaits` (ADR 14).
 */
export class Batcher<Request, Result> {
  readonly #options: Options<Request, Result>
  readonly #busyKeys = new Set<string>()
  #pending: Pending<Request, Result>[] = []
  #running = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: Options<Request, Result>) {
    this.#options = options
  }

  /** Gives the result. Throws SERVICE_UNAVAILABLE where the request waited over `maxWaitMs`. */
  submit(request: Request): Promise<Result> {
    const { partitionKey, groupKey } = this.#options
    return new Promise((resolve, reject) => {
      const key = partitionKey(request)
      this.#pending.push({ request, key, group: groupKey(request), since: performance.now(), resolve, reject })
      this.#startBatches()
    })
  }

  #startBatches(): void {
    while (this.#running < this.#options.maxConcurrentBatches && this.#pending.length > 0) {
      const batch = this.#take()
      if (batch.size === 0) return
      this.#running++
      void this.#run(batch)
    }
  }

  /** The next batch, by keys: the oldest request that may run, and those that may join it. */
  #take(): Map<string, Pending<Request, Result>[]> {
    const { maxBatchSize, sameKeyTogether } = this.#options
    this.#rejectLate()
    const batch = new Map<string, Pending<Request, Result>[]>()
    const left: Pending<Request, Result>[] = []
    let first: Pending<Request, Result> | undefined
    let size = 0
    for (const one of this.#pending) {
      const ofItsKey = batch.get(one.key)
      const fits =
        size < maxBatchSize &&
        !this.#busyKeys.has(one.key) &&
        (!first || one.group === first.group) &&
        (sameKeyTogether || ofItsKey === undefined)
      if (!fits) {
        left.push(one)
        continue
      }
      first ??= one
      size++
      if (ofItsKey) ofItsKey.push(one)
      else batch.set(one.key, [one])
    }
    if (first && size < maxBatchSize && this.#canWait(first)) return new Map()
    for (const key of batch.keys()) this.#busyKeys.add(key)
    this.#pending = left
    return batch
  }

  /** Those that have waited longest come first. */
  #rejectLate(): void {
    let [oldest] = this.#pending
    while (oldest && this.#waitedTooLong(oldest)) {
      this.#pending.shift()
      oldest.reject(serviceUnavailable())
      oldest = this.#pending[0]
    }
  }

  /** True where a request may wait for others to join it; looks again when it may no longer. */
  #canWait({ since }: Pending<Request, Result>): boolean {
    const leftMs = since + maxFillMs - performance.now()
    if (this.#running === 0 || leftMs <= 0) return false
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#startBatches()
    }, leftMs)
    return true
  }

  async #run(batch: Map<string, Pending<Request, Result>[]>): Promise<void> {
    const all = [...batch.values()].flat()
    this.#options.onBatch?.(all.length)
    const deferred = await this.#settle(all, { waitForLocks: false })
    this.#running--
    for (const [key, requests] of batch) {
      const again = requests.filter((one) => deferred.has(one))
      if (again.length === 0) this.#busyKeys.delete(key)
      else void this.#runAlone(key, again)
    }
    this.#startBatches()
  }

  async #runAlone(key: string, requests: Pending<Request, Result>[]): Promise<void> {
    let again = requests
    for (const pauseMs of this.#options.pausesMs ?? [0, 20, 80]) {
      if (pauseMs > 0) await sleep(Math.random() * pauseMs)
      again = [...(await this.#settle(again, { waitForLocks: false }))]
      if (again.length === 0) break
    }
    if (again.length > 0) await this.#waitForLocks(again)
    this.#busyKeys.delete(key)
    this.#startBatches()
  }

  async #waitForLocks(requests: Pending<Request, Result>[]): Promise<void> {
    try {
      await this.#options.lockWaits.run(() => this.#settle(requests, { waitForLocks: true }))
    } catch (error) {
      for (const { reject } of requests) reject(error)
    }
  }

  /** Gives those that were deferred and may still wait. */
  async #settle(requests: Pending<Request, Result>[], how: { waitForLocks: boolean }): Promise<Set<Pending<Request, Result>>> {
    const deferred = new Set<Pending<Request, Result>>()
    try {
      const outcomes = await this.#options.run(
        requests.map(({ request }) => request),
        how,
      )
      for (const [index, one] of requests.entries()) {
        const outcome = outcomes[index] ?? 'deferred'
        if (outcome === 'deferred' && !how.waitForLocks && !this.#waitedTooLong(one)) deferred.add(one)
        else if (outcome === 'deferred') one.reject(serviceUnavailable())
        else if ('error' in outcome) one.reject(outcome.error)
        else one.resolve(outcome.result)
      }
    } catch (error) {
      for (const { reject } of requests) reject(error)
    }
    return deferred
  }

  #waitedTooLong({ since }: Pending<Request, Result>): boolean {
    return performance.now() - since > this.#options.maxWaitMs
  }
}
