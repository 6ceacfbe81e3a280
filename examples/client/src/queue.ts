import { delayAfter, sleep } from './backoff.js'
import { type Failure, hasToWait, pauseOf } from './failures.js'
import type { InputOf, MutationName } from './mutations.js'
import { type Operation, type Outcome, signedOut } from './operation.js'
import { type Entry, keyOf, nextBatch, prefixOf, type QueueOptions, readEntry, timeOf } from './queue-entry.js'
import { OwnChanges } from './rebase.js'
import { Signal } from './signal.js'

/**
 * Sends what the member wants one after the other, and goes on where it stopped: after a lost response, without a network, after the program
 * has ended. Each operation has a key of its own in the storage, so that two tabs that share one lose nothing of each other; both may send it.
 */
export class OfflineQueue {
  readonly #options: QueueOptions
  readonly #entries: Entry[] = []
  readonly #sizes = new Signal<number>()
  readonly #lives = new AbortController()
  readonly #own = new OwnChanges()
  #wake = new AbortController()
  /** Another one with each sign-in, be it the same member's. */
  #member: { id: string } | null = null
  /** The keys of what is done: a storage that is broken goes on having them. */
  readonly #done = new Set<string>()
  #isRunning = false
  #run = Promise.resolve()
  #last = 0

  /** Is told how many are left, each time that changes. */
  readonly onSize = this.#sizes.listen

  constructor(options: QueueOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.length
  }

  /** What is left, in order. */
  get operations(): Operation[] {
    return this.#entries.map(({ operation }) => operation)
  }

  /** Takes up what this member has not sent yet. */
  open(memberId: string): void {
    if (this.#member?.id !== memberId) {
      this.close()
      this.#member = { id: memberId }
      // Shown at once, also while a request of the one before is on its way.
      void this.#load()
    }
    this.wake()
  }

  /** Takes up what the storage has, such as what a closed tab has left. */
  async #load(): Promise<void> {
    const { storage } = this.#options
    const member = this.#member
    // A storage that can't be read keeps nothing that is wanted from now on from being sent.
    const keys = member && (await storage.keys(prefixOf(member.id)).catch(() => null))
    if (!keys) return
    const isNew = (key: string) => !this.#done.has(key) && this.#entries.every((entry) => entry.key !== key)
    const found = await Promise.all(keys.filter(isNew).map((key) => readEntry(storage, key)))
    if (member !== this.#member) return
    for (const entry of found) if (entry && isNew(entry.key)) this.#take(entry)
    // What was wanted while it was read comes after it.
    this.#entries.sort((one, other) => (one.key < other.key ? -1 : 1))
  }

  /** Forgets in memory what stays in the storage. */
  close(): void {
    this.#member = null
    for (const { operation, settle } of this.#entries.splice(0)) {
      this.#options.onGo(operation, signedOut)
      settle(signedOut)
    }
    this.#sizes.emit(0)
  }

  /** Settles when the server has done it, or has said that it won't: for a device without a network, in hours. Never fails. */
  perform<Name extends MutationName>(name: Name, input: InputOf<Name>, hint: Record<string, string> = {}): Promise<Outcome<Name>> {
    if (!this.#member) return Promise.resolve(signedOut)
    const wanted = { operationId: crypto.randomUUID(), name, input, hint } as unknown as Operation
    const operation = this.#own.rebase(wanted) ?? wanted
    this.#last = Math.max(this.#last + 1, Date.now())
    const key = keyOf(this.#member.id, this.#last, operation)
    // A storage that is full costs the operation its life beyond the program, and no more.
    const stored = this.#options.storage.set(key, JSON.stringify(operation)).catch(() => {})
    return new Promise((resolve) => {
      const settle = resolve as (outcome: Outcome) => void
      this.#take({ key, operation, stored, isFound: false, settle })
      this.#start()
    })
  }

  /** Tries now, also what a closed tab has left: for a network, or a member, that is back. */
  wake(): void {
    this.#wake.abort()
    this.#start()
  }

  /** Settles when nothing is left. */
  async idle(): Promise<void> {
    while (this.#entries.length > 0) await this.#sizes.next()
  }

  /** Sends no more; what is left is in the storage. */
  async stop(): Promise<void> {
    this.#lives.abort()
    this.#wake.abort()
    await this.#run
  }

  #take(entry: Entry): void {
    this.#entries.push(entry)
    this.#last = Math.max(this.#last, timeOf(entry.key))
    this.#options.onCome(entry.operation)
    this.#sizes.emit(this.size)
  }

  #start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#run = this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    try {
      for (let tries = 0; !this.#lives.signal.aborted; ) {
        const member = this.#member
        await this.#load()
        // Somebody has signed in meanwhile: what is theirs is sent now.
        if (member !== this.#member) continue
        if (this.#entries.length === 0) return
        this.#wake = new AbortController()
        const left = await this.#sendNext()
        if (member !== this.#member) continue
        if (left === 'signedOut') return
        tries = left.length > 0 ? tries + 1 : 0
        if (tries > 0) await sleep(Math.max(...left.map(pauseOf)) + delayAfter(tries, this.#options.backoff), this.#wake.signal)
      }
    } finally {
      this.#isRunning = false
    }
  }

  /** Gives the failures that may be over soon. */
  async #sendNext(): Promise<Failure[] | 'signedOut'> {
    const batch = nextBatch(this.#entries)
    await Promise.all(batch.map(({ stored }) => stored))
    await Promise.all(batch.map((entry) => entry.isFound && this.#readAgain(entry)))
    // Another tab has sent it; or the member has signed out: it would be done as who has signed in.
    if (!batch.every((entry) => this.#entries.includes(entry))) return []
    const sent = await this.#options.send(batch.map(({ operation }) => operation))
    const left: Failure[] = []
    for (const [index, outcome] of sent.entries()) {
      if (outcome === 'signedOut') continue
      if (outcome.done || !hasToWait(outcome.failure)) await this.#finish(batch[index] as Entry, outcome)
      else left.push(outcome.failure)
    }
    return sent.includes('signedOut') ? 'signedOut' : left
  }

  /** Another tab may have sent it, and tells what came of it; or what stood before it. */
  async #readAgain(entry: Entry): Promise<void> {
    const stored = await readEntry(this.#options.storage, entry.key)
    if (stored) entry.operation = stored.operation
    else await this.#finish(entry, null)
  }

  async #finish(entry: Entry, outcome: Outcome | null): Promise<void> {
    const index = this.#entries.indexOf(entry)
    // The member has signed out meanwhile: it is sent once more then, and does nothing.
    if (index === -1) return
    this.#entries.splice(index, 1)
    if (outcome) {
      this.#done.add(entry.key)
      await this.#rebase(entry.operation, outcome)
      await this.#options.storage.remove(entry.key).catch(() => {})
      entry.settle(outcome)
    }
    this.#options.onGo(entry.operation, outcome)
    this.#sizes.emit(this.size)
  }

  /** What waits is not to conflict with what was done here. Stored before that goes, which is sent once more if the program ends between. */
  async #rebase(done: Operation, outcome: Outcome): Promise<void> {
    this.#own.note(done, outcome)
    const stored: Promise<void>[] = []
    for (const entry of this.#entries) {
      const operation = this.#own.rebase(entry.operation)
      if (!operation) continue
      entry.operation = operation
      const store = () => this.#options.storage.set(entry.key, JSON.stringify(operation))
      entry.stored = entry.stored.then(store).catch(() => {})
      stored.push(entry.stored)
    }
    await Promise.all(stored)
  }
}
