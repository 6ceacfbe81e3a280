import pg from 'pg'

const limitMs = 500

/**
 * Whether PostgreSQL answers and is no standby, on a connection of its own: a pool that is busy says nothing about that, and restarting a
 * process because it is busy makes it worse. Those who call at the same moment share one look.
 */
export function createHealthCheck(url: string, { pgBouncer }: { pgBouncer: boolean }) {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: limitMs,
    // Both: a server that hangs heeds no time-out of its own. PgBouncer takes no such parameter.
    ...(!pgBouncer && { statement_timeout: limitMs }),
    query_timeout: limitMs,
    application_name: 'doorstep health',
  })
  // What is wrong, the next look will say.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', () => {})
  let look: Promise<unknown> | null = null
  return {
    async check(): Promise<void> {
      // Fails on a standby, so that the pool ends this connection: a new one may lead to the primary.
      look ??= pool.query('SELECT pg_current_wal_lsn()').finally(() => {
        look = null
      })
      await look
    },
    end: () => pool.end(),
  }
}
