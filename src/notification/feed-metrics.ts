import { Counter, Gauge, type Registry } from 'prom-client'
import type { BreakerState } from '../redis/breaker.js'

const states = { closed: 0, 'half-open': 1, open: 2 } as const

/** What the feed's cache does, for Prometheus. */
export class FeedMetrics {
  readonly notModified: Counter
  readonly hits: Counter
  readonly misses: Counter
  readonly fills: Counter
  readonly waits: Counter
  readonly staleFills: Counter
  readonly loads: Counter
  readonly #breaker: Gauge

  constructor(registry: Registry) {
    const counter = (name: string, help: string) => new Counter({ name: `doorstep_feed_${name}_total`, help, registers: [registry] })
    this.notModified = counter('not_modified', 'Feeds answered with notModified, without a look into the cache.')
    this.hits = counter('hits', 'Feeds that the cache had at their current revision.')
    this.misses = counter('misses', 'Feeds that it did not have so, Redis being out of reach included.')
    this.fills = counter('fills', 'Feeds that were written into the cache.')
    this.waits = counter('waits', 'Misses that waited for somebody else to fill the cache.')
    this.staleFills = counter('stale_fills_rejected', 'Feeds that came too late to the cache: it knew of a newer one.')
    this.loads = counter('loads', 'Feeds read from the database.')
    this.#breaker = new Gauge({
      name: 'doorstep_feed_breaker_state',
      help: 'The circuit breaker before Redis: 0 closed, 1 trying, 2 open.',
      registers: [registry],
    })
    this.breaker('closed')
  }

  breaker(state: BreakerState) {
    this.#breaker.set(states[state])
  }
}
