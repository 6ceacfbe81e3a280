import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'

type Taker = (connection: pg.PoolClient) => void
type ConnectCallback = (error: Error | undefined, client: pg.PoolClient | undefined, done: (release?: unknown) => void) => void

const takers = new AsyncLocalStorage<Taker>()

/** Runs `work`, and tells `taker` each connection that it takes out of a pool. */
export const tellingConnections = <T>(taker: Taker, work: () => Promise<T>): Promise<T> => takers.run(taker, work)

/** A pool that can tell who has got which connection: Prisma does not say which one a transaction of its has. */
export class Pool extends pg.Pool {
  override connect(): Promise<pg.PoolClient>
  override connect(callback: ConnectCallback): void
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | undefined {
    // This is how the pool sends its own single statements.
    if (callback) {
      super.connect(callback)
      return
    }
    const taker = takers.getStore()
    return super.connect().then((connection) => {
      taker?.(connection)
      return connection
    })
  }
}
