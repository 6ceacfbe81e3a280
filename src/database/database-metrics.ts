import { Counter, Histogram, type Registry } from 'prom-client'
import { observedIn } from '../metrics/observed.js'
import type { Database } from './database.js'

/** Why a transaction ran again, by SQLSTATE. */
const reasons: Record<string, string> = { '40P01': 'deadlock', '40001': 'serialization', '55P03': 'locked' }

/** What the connections are doing, and what locks cost, for Prometheus. Read where they are kept, at the moment of the scrape. */
export class DatabaseMetrics {
  readonly #registry: Registry
  readonly #retries: Counter
  readonly #connectionWaits: Histogram

  constructor(registry: Registry) {
    this.#registry = registry
    this.#retries = new Counter({
      name: 'doorstep_transaction_retries_total',
      help: 'Transactions that ran again, by what had ended them: locked, deadlock or serialization.',
      labelNames: ['reason'],
      registers: [registry],
    })
    for (const reason of Object.values(reasons)) this.#retries.inc({ reason }, 0)
    this.#connectionWaits = new Histogram({
      name: 'doorstep_pool_wait_seconds',
      help: 'How long those waited for a connection of the pool who found none that was idle; a new connection is waited for, too.',
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5],
      registers: [registry],
    })
  }

  retried(sqlState: string): void {
    this.#retries.inc({ reason: reasons[sqlState] ?? 'other' })
  }

  waitedForConnection(seconds: number): void {
    this.#connectionWaits.observe(seconds)
  }

  watch({ pool, lockWaits }: Pick<Database, 'pool' | 'lockWaits'>): void {
    const { gauge, counter } = observedIn(this.#registry)
    gauge('doorstep_pool_size', 'How many connections the pool may have: DATABASE_POOL_SIZE.', () => pool.options.max)
    gauge('doorstep_pool_in_use', 'Connections of the pool that somebody is using.', () => pool.totalCount - pool.idleCount)
    gauge('doorstep_pool_idle', 'Connections of the pool that are open and idle.', () => pool.idleCount)
    gauge('doorstep_pool_waiting', 'How many wait for a connection of the pool.', () => pool.waitingCount)
    const runningHelp = 'Units of work that wait for a row which somebody else holds, on a connection.'
    gauge('doorstep_lock_waits_running', runningHelp, () => lockWaits.running)
    gauge('doorstep_lock_waits_queued', 'Units of work that wait for their turn to do so.', () => lockWaits.queued)
    const begunHelp = 'Units of work that had to wait for a row: trying again for a moment was not enough.'
    counter('doorstep_lock_waits_total', begunHelp, () => lockWaits.begun)
  }
}
