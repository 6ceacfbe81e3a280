import pg from 'pg'

const limitMs = 500

/**
 * Checks that PostgreSQL answers and is no standby, on a connection of its own: a busy pool is no
 * reason to restart a process (ADR 14). Concurrent calls share one query.
 */
export function createHealthCheck(url: string, { pgBouncer }: { pgBouncer: boolean }) {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: limitMs,
    // Both: a server that hangs obeys no time-out of its own. PgBouncer rejects this parameter.
    ...(!pgBouncer && { statement_timeout: limitMs }),
    query_timeout: limitMs,
    application_name: 'doorstep health',
  })
  // The next check reports what is wrong.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', () => {})
  let look: Promise<unknown> | null = null
  return {
    async check(): Promise<void> {
      // Fails on a standby, so that the pool ends the connection: a new one may reach the primary.
      look ??= pool.query('SELECT pg_current_wal_lsn()').finally(() => {
        look = null
      })
      await look
    },
    end: () => pool.end(),
  }
}
