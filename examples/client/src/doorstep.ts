import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client'
import { type Backoff, usualBackoff } from './backoff.js'
import { createCache, showAhead, showNoMore, versionOf } from './cache.js'
import { FeedPoller } from './feed.js'
import { impatient } from './fetching.js'
import type { ChecklistFieldsFragment, ItemFieldsFragment } from './generated/graphql.js'
import { afterQueries, authenticate, retryQueries } from './links.js'
import { Live } from './live.js'
import type { InputOf, MutationName } from './mutations.js'
import type { Operation, Outcome } from './operation.js'
import { OfflineQueue } from './queue.js'
import { send } from './send.js'
import { Session } from './session.js'
import { Signal } from './signal.js'
import type { KeyValueStorage } from './storage.js'

export type DoorstepOptions = {
  /** Such as https://api.example.com/graphql. */
  url: string
  storage: KeyValueStorage
  fetch?: typeof fetch
  /** How long a response may take; then the request counts as lost. */
  timeoutMs?: number
  backoff?: Backoff
  /** How often the notification feed is polled. */
  feedEveryMs?: number
  /** Whether what other devices do is brought into the cache as it happens. */
  isLive?: boolean
  now?: () => Date
}

export type Doorstep = Awaited<ReturnType<typeof openDoorstep>>

/** The network is back; or the member is, who may have closed a tab that had something left. */
const wakingEvents = ['online', 'focus']

/** One device's Doorstep: takes up the session and what the device has not sent yet. */
export async function openDoorstep(options: DoorstepOptions) {
  const {
    url,
    storage,
    fetch = globalThis.fetch,
    timeoutMs = 15_000,
    backoff = usualBackoff,
    feedEveryMs = 60_000,
    isLive = true,
    now = () => new Date(),
  } = options
  const session = new Session({ url, storage, fetch, timeoutMs, backoff })
  const cache = createCache()
  const show = (operation: Operation) => showAhead(cache, operation, session.memberId ?? '')
  const showAgain = () => {
    for (const operation of queue.operations) {
      showNoMore(cache, operation)
      show(operation)
    }
  }
  const link = ApolloLink.from([
    afterQueries(showAgain),
    retryQueries({ backoff, tries: 4 }),
    authenticate(session),
    new HttpLink({ uri: url, fetch: impatient(fetch, { timeoutMs }) }),
  ])
  const apollo = new ApolloClient({ cache, link, devtools: { enabled: false } })
  const rejections = new Signal<{ operation: Operation; outcome: Outcome & { done: false } }>()
  const queue = new OfflineQueue({
    storage,
    backoff,
    send: (operations) => send(apollo, operations),
    onCome: show,
    onGo(operation, outcome) {
      showNoMore(cache, operation)
      if (outcome && !outcome.done) rejections.emit({ operation, outcome })
    },
  })
  const feed = new FeedPoller({ apollo, storage, everyMs: feedEveryMs, backoff })

  const live = new Live({ apollo, backoff, now })

  let lastMemberId: string | null = null
  session.onChange(async ({ memberId }) => {
    const isAnother = lastMemberId !== null && lastMemberId !== memberId
    lastMemberId = memberId
    feed.stop()
    live.stop()
    if (memberId === null) queue.close()
    else queue.open(memberId)
    // Also where somebody signs in whom nobody has made room for: what is shown is not theirs.
    if (isAnother) await apollo.clearStore().catch(() => {})
    if (memberId === null || memberId !== session.memberId) return
    void feed.start(memberId)
    if (isLive) void live.start()
  })
  const wake = () => {
    queue.wake()
    live.wake()
  }
  for (const event of wakingEvents) globalThis.addEventListener?.(event, wake)
  await session.load()

  const perform = <Name extends MutationName>(
    name: Name,
    input: InputOf<Name>,
    hint: Record<string, string> = {},
  ): Promise<Outcome<Name>> => {
    const seen = name === 'updateScenario' ? versionOf(cache, (input as InputOf<'updateScenario'>).id) : undefined
    return queue.perform(name, input, seen === undefined ? hint : { ...hint, seenVersion: String(seen) })
  }

  return {
    /** For queries, by hooks or by `watchQuery`: what the member does is in its cache at once. */
    apollo,
    session,
    queue,
    feed,
    /** Is told of what the server has rejected to do, also where the program was started anew meanwhile. */
    onRejected: rejections.listen,

    /** Anything that the queue can hold; shown at once where it can be. */
    perform,

    /** Checks an item, or takes its check back; shown at once. */
    check(item: ItemFieldsFragment, checklist: ChecklistFieldsFragment, isChecked: boolean): Promise<Outcome<'checkMission'>> {
      const input = { missionId: item.missionId as string, date: checklist.date, isChecked, checkedAt: now().toISOString() }
      return perform('checkMission', input, { itemId: item.id, checklistId: checklist.id })
    },

    /** Moves a scenario between the two that the member saw beside the place; shown at once. */
    move: (id: string, { prevId, nextId }: { prevId: string | null; nextId: string | null }) =>
      perform('moveScenario', { id, prevId, nextId }),

    /** Sends nothing more. What is left is taken up by the next one that is opened on this storage. */
    async close(): Promise<void> {
      for (const event of wakingEvents) globalThis.removeEventListener?.(event, wake)
      feed.stop()
      live.stop()
      await queue.stop()
      apollo.stop()
    },
  }
}
