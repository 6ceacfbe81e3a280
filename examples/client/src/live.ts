import type { ApolloCache, ApolloClient } from '@apollo/client'
import { type Backoff, delayAfter, sleep } from './backoff.js'
import { failureOf } from './failures.js'
import { ChangesDocument, MemberChangedDocument } from './generated/graphql.js'

type Options = { apollo: ApolloClient; backoff: Backoff; now(): Date }

const types = ['Scenario', 'Checklist', 'ChecklistItem', 'Mission', 'Notification']

/**
 * Brings what other devices do into the cache: a stream says that something has changed, and a query, what. A stream that ends is opened
 * again with the last token, so that nothing is missed meanwhile. When the member's day ends, what is shown is asked for anew.
 */
export class Live {
  readonly #options: Options
  #token: string | null = null
  #listening = new AbortController()
  #wake = new AbortController()
  #today: string | null = null
  #isBehind = false
  #catchingUp: Promise<void> | null = null
  #dayEnd: ReturnType<typeof setTimeout> | undefined

  constructor(options: Options) {
    this.#options = options
  }

  async start(): Promise<void> {
    this.stop()
    const { signal } = this.#listening
    for (let tries = 1; !signal.aborted; tries++) {
      const hasHeard = await this.#listen(signal)
      if (hasHeard) tries = 1
      this.#wake = new AbortController()
      await sleep(delayAfter(tries, this.#options.backoff), AbortSignal.any([signal, this.#wake.signal]))
    }
  }

  stop(): void {
    this.#listening.abort()
    this.#listening = new AbortController()
    clearTimeout(this.#dayEnd)
    this.#token = null
    this.#today = null
    // What is on its way is of the one who was signed in: nobody who comes waits for it.
    this.#catchingUp = null
  }

  /** Opens the stream now, without waiting for its turn: for a network that is back. */
  wake(): void {
    this.#wake.abort()
  }

  /** One stream, to its end; true where it has said anything. */
  #listen(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      let hasHeard = false
      const end = () => {
        signal.removeEventListener('abort', end)
        subscription.unsubscribe()
        resolve(hasHeard)
      }
      const stream = this.#options.apollo.subscribe({ query: MemberChangedDocument, variables: { since: this.#token } })
      const subscription = stream.subscribe({
        next: ({ data, error }) => {
          // A token that the server does not take, such as one of an earlier version: then from the beginning.
          if (error && failureOf(error).code === 'BAD_USER_INPUT') this.#token = null
          if (!data || error) return queueMicrotask(end)
          hasHeard = true
          if (!data.memberChanged.upToDate) this.#catchUp().catch(end)
        },
        error: () => queueMicrotask(end),
        complete: () => queueMicrotask(end),
      })
      signal.addEventListener('abort', end)
    })
  }

  /** One after the other: an answer that is overtaken would put what is old into the cache. */
  #catchUp(): Promise<void> {
    this.#isBehind = true
    const catchingUp: Promise<void> =
      this.#catchingUp ?? this.#bringChanges(this.#listening.signal).finally(() => this.#caughtUp(catchingUp))
    this.#catchingUp = catchingUp
    return catchingUp
  }

  #caughtUp(catchingUp: Promise<void>): void {
    if (this.#catchingUp === catchingUp) this.#catchingUp = null
  }

  async #bringChanges(signal: AbortSignal): Promise<void> {
    const { apollo } = this.#options
    while (this.#isBehind) {
      this.#isBehind = false
      const since = this.#token
      const { data } = await apollo.query({ query: ChangesDocument, variables: { since }, fetchPolicy: 'network-only' })
      if (!data || signal.aborted) return
      const { token, fullSync, deletedIds, member } = data.changes
      this.#token = token
      forget(apollo.cache, deletedIds)
      this.#awaitDayEnd(member.dayEndsAt)
      // By another zone it may be another day, whose lists are told only where they have changed.
      const isAnotherDay = this.#today !== null && this.#today !== member.today
      this.#today = member.today
      // Or the token was no good any more, and what else is shown may be gone.
      if (isAnotherDay || (fullSync && since !== null)) await apollo.refetchQueries({ include: 'active' })
    }
  }

  /** By the server's day: where this device's clock is ahead, that day goes on, and is asked for again. */
  #awaitDayEnd(dayEndsAt: string): void {
    const { signal } = this.#listening
    const ms = Date.parse(dayEndsAt) - this.#options.now().getTime()
    const again = () => signal.aborted || this.#awaitDayEnd(dayEndsAt)
    clearTimeout(this.#dayEnd)
    // The longer it is over here, the less often.
    const pauseMs = ms > 0 ? ms + 1_000 : Math.min(Math.max(-ms, 1_000), 60_000)
    this.#dayEnd = setTimeout(() => void this.#catchUp().catch(again), pauseMs)
  }
}

/** The answer itself is kept nowhere: what is in it is in the cache by its ids. */
function forget(cache: ApolloCache, deletedIds: readonly string[]): void {
  cache.batch({
    update() {
      for (const id of deletedIds) for (const __typename of types) cache.evict({ id: cache.identify({ __typename, id }) as string })
      cache.evict({ id: 'ROOT_QUERY', fieldName: 'changes' })
    },
  })
  cache.gc()
}
