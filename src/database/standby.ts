import type pg from 'pg'

/** SQLSTATE of a statement that would write, on a standby. */
const readOnly = '25006'

/**
 * Ends a connection to a standby, such as one opened while a name still led there (failover).
 * The pool does so for its own statements only, and would reuse one whose transaction failed.
 */
export function endStandbyConnections(pool: pg.Pool): void {
  const standbys = new WeakSet<pg.PoolClient>()
  pool.on('connect', (client) => {
    const { connection } = client as pg.Client
    connection.on('errorMessage', ({ code }: pg.DatabaseError) => code === readOnly && standbys.add(client))
  })
  // Runs before the pool checks whether it can be used again.
  pool.on('release', (_error, client) => {
    if (standbys.has(client)) void (client as pg.Client).end()
  })
}
