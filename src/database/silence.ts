import type { Socket } from 'node:net'
import type pg from 'pg'

/** So much longer than PostgreSQL's own time-out of a statement, after which it would have said something. */
const graceMs = 5_000

/**
 * Ends a connection on which nothing has come for longer than a statement may take while somebody has it. A host that vanishes, and a proxy or
 * a firewall that forgets a connection, ends nothing itself: who waits for it would wait for a quarter of an hour, or for ever, in the place of
 * everybody who could use the database that is back at the same address.
 */
export function endSilentConnections(pool: pg.Pool, { statementTimeoutMs }: { statementTimeoutMs: number }): void {
  const limitMs = statementTimeoutMs + graceMs
  pool.on('connect', (client) => {
    const socket = socketOf(client)
    socket.on('timeout', () => socket.destroy(Object.assign(new Error(`PostgreSQL was silent for ${limitMs} ms.`), { code: 'ETIMEDOUT' })))
  })
  pool.on('acquire', (client) => socketOf(client).setTimeout(limitMs))
  // One that is idle is silent.
  pool.on('release', (_error, client) => socketOf(client).setTimeout(0))
}

const socketOf = (client: pg.PoolClient) => (client as pg.Client).connection.stream as Socket
