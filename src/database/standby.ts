import type pg from 'pg'

/** SQLSTATE of a statement that would write, on a standby. */
const readOnly = '25006'

/**
 * Ends a connection that has turned out to lead to a standby, as one does that was opened while a name still led there after a failover.
 * The pool itself ends only those of its own statements: one on which a transaction failed it would give to the next.
 */
export function endStandbyConnections(pool: pg.Pool): void {
  const standbys = new WeakSet<pg.PoolClient>()
  pool.on('connect', (client) => {
    const { connection } = client as pg.Client
    connection.on('errorMessage', ({ code }: pg.DatabaseError) => code === readOnly && standbys.add(client))
  })
  // Before the pool looks whether it can be used again.
  pool.on('release', (_error, client) => {
    if (standbys.has(client)) void (client as pg.Client).end()
  })
}
