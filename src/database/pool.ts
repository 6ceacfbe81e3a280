import pg from 'pg'

type ConnectCallback = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void

/** Who wants to be told the connection that is asked for next. */
type Awaited = { asked(): void; taken(connection: pg.PoolClient): void }

/** A pool that can tell who has got which connection: Prisma does not say which one a transaction of its has. */
export class Pool extends pg.Pool {
  #next: Awaited | null = null
  #turn = Promise.resolve()

  /**
   * Runs `begin`, and tells `taken` the first connection that it asks for. Others wait for their turn until it has asked, which
   * is the matter of a moment: it need not have got it. Whoever asks for a connection by `connect()` must do it through
   * this. (AsyncLocalStorage would know without turns, and costs every request a fifth of its time on Node 20 and 22.)
   */
  async telling<T>(taken: Awaited['taken'], begin: () => Promise<T>): Promise<T> {
    let asked = () => {}
    const turn = this.#turn
    this.#turn = new Promise((resolve) => {
      asked = resolve
    })
    await turn
    const next: Awaited = { asked, taken }
    this.#next = next
    try {
      return await begin()
    } finally {
      // It may have failed before it asked.
      if (this.#next === next) this.#next = null
      asked()
    }
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: ConnectCallback): void
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    // This is how the pool sends its own single statements.
    if (callback) {
      super.connect(callback)
      return
    }
    const next = this.#next
    this.#next = null
    next?.asked()
    return super.connect().then((connection) => {
      next?.taken(connection)
      return connection
    })
  }
}
