import pg from 'pg'
import type { StatementWatch } from './statement-watch.js'

type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void

type Options = pg.PoolConfig & {
  /** Is told how long somebody waited who found no idle connection. */
  waited?: ((seconds: number) => void) | undefined
  watch: StatementWatch | null
}

type Query = (...args: unknown[]) => Promise<unknown>

/** Reports waits for a connection (an idle one is handed out in the next tick) and statements. */
export class WatchedPool extends pg.Pool {
  readonly #waited: Options['waited']

  constructor({ waited, watch, ...options }: Options) {
    super(options)
    this.#waited = waited
    if (!watch) return
    // Both: the pool's `query` may send in another caller's turn, with that caller's span current.
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

/** Only queries by promise: one with a callback is the pool's own, and was watched before. */
function watchQueries(target: pg.Pool | pg.PoolClient, watch: StatementWatch): void {
  const query = target.query.bind(target) as unknown as Query
  const watched: Query = (...args) => {
    if (typeof args.at(-1) === 'function') return query(...args)
    const [statement] = args as [string | { text: string }]
    return watch(typeof statement === 'string' ? statement : statement.text, () => query(...args))
  }
  Object.assign(target, { query: watched })
}
