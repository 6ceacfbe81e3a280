import type { Socket } from 'node:net'
import type pg from 'pg'

/** Added to the statement time-out, after which PostgreSQL would have said something. */
const graceMs = 5_000

/**
 * Ends a connection in use on which nothing has come for longer than a statement may take. A host
 * that vanishes, or a proxy that forgets a connection, does not end it: its user would wait for a
 * quarter of an hour or for ever, and hold a place of the pool although the database is back.
 */
export function endSilentConnections(pool: pg.Pool, { statementTimeoutMs }: { statementTimeoutMs: number }): void {
  const limitMs = statementTimeoutMs + graceMs
  pool.on('connect', (client) => {
    const socket = socketOf(client)
    socket.on('timeout', () => socket.destroy(Object.assign(new Error(`PostgreSQL was silent for ${limitMs} ms.`), { code: 'ETIMEDOUT' })))
  })
  pool.on('acquire', (client) => socketOf(client).setTimeout(limitMs))
  // An idle connection is silent.
  pool.on('release', (_error, client) => socketOf(client).setTimeout(0))
}

const socketOf = (client: pg.PoolClient) => (client as pg.Client).connection.stream as Socket
