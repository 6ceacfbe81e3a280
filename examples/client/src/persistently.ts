import { type Backoff, delayAfter, sleep } from './backoff.js'

/** A used refresh token gives its successor for ten seconds more; after that it ends the session. */
const tryForMs = 8_000
/** A second try of one of which nothing was heard for so long is within those seconds. */
const hangingAfterMs = 3_000

type Options = { isLost(error: unknown): boolean; backoff: Backoff }

/**
 * A response that is lost on its way costs a session that is not refreshed again soon. So the next
 * try does not wait for one that hangs: both get the same session, and the first response is taken.
 * It ends the other tries, of which one that is late would end the session.
 */
export function persistently<T>(work: (signal: AbortSignal) => Promise<T>, { isLost, backoff }: Options): Promise<T> {
  const others = new AbortController()
  const { signal } = others
  const until = performance.now() + tryForMs
  const attempt = async (tries: number): Promise<T> => {
    const current = work(signal)
    const response = current.then(
      () => 'has come',
      (error) => (isLost(error) ? 'is lost' : 'has come'),
    )
    const state = await Promise.race([response, sleep(hangingAfterMs, signal).then(() => 'hangs')])
    const delayMs = state === 'is lost' ? delayAfter(tries, backoff) : 0
    if (state === 'has come' || performance.now() + delayMs > until) return current
    await sleep(delayMs, signal)
    if (signal.aborted) return current
    const next = attempt(tries + 1)
    return state === 'hangs' ? Promise.any([current, next]).catch(() => next) : next
  }
  return attempt(1).finally(() => others.abort())
}
