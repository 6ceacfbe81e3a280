import type { ApolloClient } from '@apollo/client'
import { type Backoff, sleep } from './backoff.js'
import { NotificationFeedDocument, type NotificationFeedQuery } from './generated/graphql.js'
import { Signal } from './signal.js'
import type { KeyValueStorage } from './storage.js'

type Feed = NotificationFeedQuery['notifications']

/** What a device sets its alarms by: times at which it rings, and places at which it does. */
export type Alarms = { times: NonNullable<Feed['items']>; places: NonNullable<Feed['places']> }

type Known = { etag: string; alarms: Alarms }
type Options = { apollo: ApolloClient; storage: KeyValueStorage; everyMs: number; backoff: Backoff }

const keyOf = (memberId: string) => `doorstep.feed.${memberId}`

/** Asks now and then whether the member's alarms have changed; the last ones are kept, for a start without a network. */
export class FeedPoller {
  readonly #options: Options
  readonly #changes = new Signal<Alarms>()
  #known: Known | null = null
  #polling: AbortController | null = null

  /** Is told of the alarms when they are known first, and each time they change. */
  readonly onChange = this.#changes.listen

  constructor(options: Options) {
    this.#options = options
  }

  get alarms(): Alarms {
    return this.#known?.alarms ?? { times: [], places: [] }
  }

  async start(memberId: string): Promise<void> {
    this.stop()
    const polling = new AbortController()
    this.#polling = polling
    const { everyMs, backoff } = this.#options
    const known = await this.#stored(memberId).catch(() => null)
    if (polling.signal.aborted) return
    this.#known = known
    if (this.#known) this.#changes.emit(this.#known.alarms)
    while (!polling.signal.aborted) {
      await this.poll(memberId).catch(() => {})
      // Half to one and a half times as long: devices that woke together do not stay together.
      await sleep(everyMs * (0.5 + backoff.random()), polling.signal)
    }
  }

  stop(): void {
    this.#polling?.abort()
    this.#polling = null
    this.#known = null
  }

  async #stored(memberId: string): Promise<Known | null> {
    const text = await this.#options.storage.get(keyOf(memberId))
    return text === null ? null : JSON.parse(text)
  }

  /** Asks once. */
  async poll(memberId: string): Promise<void> {
    const { apollo, storage } = this.#options
    const polling = this.#polling
    const { data } = await apollo.query({
      query: NotificationFeedDocument,
      variables: { etag: this.#known?.etag ?? null },
      fetchPolicy: 'no-cache',
    })
    // Another member may have signed in meanwhile: these alarms are not theirs.
    if (!data || data.notifications.notModified || polling !== this.#polling) return
    const { etag, items, places } = data.notifications
    this.#known = { etag, alarms: { times: items ?? [], places: places ?? [] } }
    await storage.set(keyOf(memberId), JSON.stringify(this.#known)).catch(() => {})
    this.#changes.emit(this.#known.alarms)
  }
}
