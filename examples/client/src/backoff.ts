/** How long to wait before another try. */
export type Backoff = { firstMs: number; mostMs: number; random(): number }

export const usualBackoff: Backoff = { firstMs: 500, mostMs: 30_000, random: Math.random }

/**
 * Full jitter: anything up to twice as much each time, so that devices which lost the same server do not come back together.
 * `tries` is how many have failed.
 */
export function delayAfter(tries: number, { firstMs, mostMs, random }: Backoff): number {
  return random() * Math.min(mostMs, firstMs * 2 ** (tries - 1))
}

/** Ends early where the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}
