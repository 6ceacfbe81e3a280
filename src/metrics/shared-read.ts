import { setTimeout as sleep } from 'node:timers/promises'

/** Several metrics of one scrape share what is read, and scrapes that come close together do. */
const freshMs = 5_000
const limitMs = 2_000

/** Shares `read` among scrapes; null if it fails or takes too long: no scrape waits for a store. */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T | null> {
  let shared: Promise<T | null> | null = null
  let since = Number.NEGATIVE_INFINITY
  return () => {
    if (shared && performance.now() - since < freshMs) return shared
    since = performance.now()
    const found = read().catch(() => null)
    shared = Promise.race([found, sleep(limitMs, null, { ref: false })])
    return shared
  }
}
