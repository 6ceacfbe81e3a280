import pg from 'pg'
import type { StatementWatch } from './statement-watch.js'

type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void

type Options = pg.PoolConfig & {
  /** Is told how long somebody waited who found no idle connection. */
  waited?: ((seconds: number) => void) | undefined
  watch: StatementWatch | null
}

type Query = (...args: unknown[]) => Promise<unknown>

/** A pool that tells of those who wait, and of statements. Who finds an idle connection costs nothing: one that is free is handed out in the next tick. */
export class WatchedPool extends pg.Pool {
  readonly #waited: Options['waited']

  constructor({ waited, watch, ...options }: Options) {
    super(options)
    this.#waited = waited
    if (!watch) return
    // Both, since the pool's own `query` sends by a connection that it may get in the turn of somebody else, whose span is current then.
    watchQueries(this, watch)
    this.on('connect', (client) => watchQueries(client, watch))
  }

  override connect(): Promise<pg.PoolClient>
  override connect(connected: Connected): void
  override connect(connected?: Connected): Promise<pg.PoolClient> | undefined {
    const told = this.idleCount <= this.waitingCount ? this.#beginWait() : undefined
    if (!connected) return told ? super.connect().finally(told) : super.connect()
    super.connect((error, client, done) => {
      told?.()
      connected(error, client, done)
    })
  }

  #beginWait(): () => void {
    const since = performance.now()
    return () => this.#waited?.((performance.now() - since) / 1_000)
  }
}

/** Of queries by promise. One with a callback is the pool's own, by its connection, and is watched where it was submitted. */
function watchQueries(target: pg.Pool | pg.PoolClient, watch: StatementWatch): void {
  const query = target.query.bind(target) as unknown as Query
  const watched: Query = (...args) => {
    if (typeof args.at(-1) === 'function') return query(...args)
    const [statement] = args as [string | { text: string }]
    return watch(typeof statement === 'string' ? statement : statement.text, () => query(...args))
  }
  Object.assign(target, { query: watched })
}
