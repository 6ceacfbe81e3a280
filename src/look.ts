import { setTimeout as sleep } from 'node:timers/promises'

/** Several metrics of one scrape share a look, and scrapes that come close together do. */
const freshMs = 5_000
const limitMs = 2_000

/** What `read` gives, for several who ask at about the same time; null where it failed or took too long: a scrape waits for no store. */
export function sharedLook<T>(read: () => Promise<T>): () => Promise<T | null> {
  let look: Promise<T | null> | null = null
  let since = Number.NEGATIVE_INFINITY
  return () => {
    if (look && performance.now() - since < freshMs) return look
    since = performance.now()
    const found = read().catch(() => null)
    look = Promise.race([found, sleep(limitMs, null, { ref: false })])
    return look
  }
}
