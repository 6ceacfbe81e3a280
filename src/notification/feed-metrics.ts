import type { Metrics } from '../metrics/metrics.js'
import type { BreakerState } from '../redis/breaker.js'

const states = { closed: 0, 'half-open': 1, open: 2 } as const

export type FeedMetrics = ReturnType<typeof createFeedMetrics>

/** What the feed's cache does, for Prometheus. */
export function createFeedMetrics(metrics: Metrics) {
  const counter = (name: string, help: string) => metrics.counter(`doorstep_feed_${name}_total`, help)
  let breaker: BreakerState = 'closed'
  metrics.gauge('doorstep_feed_breaker_state', 'The circuit breaker before Redis: 0 closed, 1 trying, 2 open.', () => states[breaker])
  return {
    notModified: counter('not_modified', 'Feeds answered with notModified, without a look into the cache.'),
    hits: counter('hits', 'Feeds that the cache had at their current revision.'),
    misses: counter('misses', 'Feeds that it did not have so, Redis being out of reach included.'),
    fills: counter('fills', 'Feeds that were written into the cache.'),
    waits: counter('waits', 'Misses that waited for somebody else to fill the cache.'),
    staleFills: counter('stale_fills_rejected', 'Feeds that came too late to the cache: it knew of a newer one.'),
    loads: counter('loads', 'Feeds read from the database.'),
    breaker(state: BreakerState): void {
      breaker = state
    },
  }
}
