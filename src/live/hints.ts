import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Log } from '../log.js'
import { Breaker } from '../redis/breaker.js'

/** Hints within so many milliseconds are sent together: a burst costs one command. */
const collectMs = 5

type Dependencies = {
  redis: Redis
  /** Opens the connection that listens; nothing else can be sent on it. */
  connectSubscriber(): Redis
  log: Log
}

/**
 * Tells every process which members have changed. A hint may be lost and says no more: its receiver
 * reads the database. Nobody waits for it; without Redis it reaches this process alone.
 */
export class Hints {
  readonly #deps: Dependencies
  readonly #breaker: Breaker
  readonly #channel: string
  /** Says which messages are this process's own, which it has delivered already. */
  readonly #sender = randomUUID()
  readonly #collected = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #subscriber: Redis | undefined
  #listener: ((memberIds: string[]) => void) | undefined

  constructor(deps: Dependencies) {
    const { redis, log } = deps
    this.#deps = deps
    // Channels span Redis's databases: the number keeps others' hints out.
    this.#channel = `doorstep:changes:${redis.options.db ?? 0}`
    this.#breaker = new Breaker({ caller: 'the hints', log })
  }

  /** False where the hints of other processes are not heard. */
  get connected(): boolean {
    return this.#subscriber?.status === 'ready'
  }

  publish(memberId: string): void {
    this.#collected.add(memberId)
    this.#timer ??= setTimeout(() => this.#send(), collectMs)
  }

  /** Called once. */
  listen(listener: (memberIds: string[]) => void): void {
    this.#listener = listener
    const subscriber = this.#deps.connectSubscriber()
    this.#subscriber = subscriber
    subscriber.on('message', (_channel, message) => this.#hear(message))
    // Subscribed anew by ioredis after each reconnection.
    subscriber.on('ready', () => subscriber.subscribe(this.#channel).catch(() => {}))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#subscriber?.disconnect()
  }

  #send(): void {
    this.#timer = undefined
    const memberIds = [...this.#collected]
    this.#collected.clear()
    this.#listener?.(memberIds)
    void this.#breaker.run(() => this.#deps.redis.publish(this.#channel, [this.#sender, ...memberIds].join(' ')))
  }

  #hear(message: string): void {
    const [sender, ...memberIds] = message.split(' ')
    if (sender !== this.#sender) this.#listener?.(memberIds)
  }
}
