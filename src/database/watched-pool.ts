import pg from 'pg'

type Connected = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void

type Options = pg.PoolConfig & {
  /** Is told how long somebody waited who found no idle connection. */
  waited?: ((seconds: number) => void) | undefined
}

/** A pool that tells of those who wait. Who finds an idle connection costs nothing: one that is free is handed out in the next tick. */
export class WatchedPool extends pg.Pool {
  readonly #waited: Options['waited']

  constructor({ waited, ...options }: Options) {
    super(options)
    this.#waited = waited
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
