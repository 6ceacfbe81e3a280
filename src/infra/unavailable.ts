import { type Refusal, serviceUnavailable } from '../errors.js'
import { sqlState } from './database.js'

/** Prisma's codes for a database that is out of reach, or a pool or a lock that was waited for too long. */
const prismaCodes = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'])

/** SQLSTATEs of a server that is going away, out of connections, or gave up waiting; and class 08, a lost connection. */
const sqlStates = new Set(['40001', '40P01', '53300', '55P03', '57014', '57P01', '57P02', '57P03', '25P03'])

const systemCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND'])

/** SERVICE_UNAVAILABLE where the error says that a store is out of reach or too busy; otherwise null. */
export function unavailable(error: unknown): Refusal | null {
  const state = sqlState(error)
  const { code, message } = (error ?? {}) as { code?: string; message?: string }
  const known =
    (state !== null && (sqlStates.has(state) || state.startsWith('08'))) ||
    (code !== undefined && (prismaCodes.has(code) || systemCodes.has(code))) ||
    /Connection terminated|timeout exceeded when trying to connect|Server has closed the connection/.test(message ?? '')
  return known ? serviceUnavailable(error) : null
}
