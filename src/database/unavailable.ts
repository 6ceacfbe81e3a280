import { type ApiError, serviceUnavailable } from '../errors.js'
import { driverError, sqlState } from './database.js'

/** Prisma's codes for a database out of reach, or a pool or lock that was waited for too long. */
const prismaCodes = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'])

/** The driver's words: a connection that breaks under a raw statement has no code but P2010. */
const driverKinds = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'])

/** A server gave up on us or a lock, or is a standby: no writes (25006), no WAL (55000). */
const sqlStates = new Set(['40001', '40P01', '55P03', '25P03', '25P04', '25006', '55000'])

/** SQLSTATE classes: a lost connection, resources used up, a statement or server ended. */
const sqlClasses = new Set(['08', '53', '57'])

/** A host refuses, resets, is silent, has no address, or cannot be reached by the network. */
const systemCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
])

/** Of the pool and the connections of `pg`, whose errors bear no code. */
const words = /Connection terminated|timeout exceeded when trying to connect|Server has closed the connection|is not queryable/

/** SERVICE_UNAVAILABLE where a store is out of reach or too busy; otherwise null. */
export function unavailable(error: unknown): ApiError | null {
  const state = sqlState(error)
  const { code, message } = (error ?? {}) as { code?: string; message?: string }
  const known =
    (state !== null && (sqlStates.has(state) || sqlClasses.has(state.slice(0, 2)))) ||
    driverKinds.has(driverError(error)?.kind ?? '') ||
    (code !== undefined && (prismaCodes.has(code) || systemCodes.has(code))) ||
    words.test(message ?? '')
  return known ? serviceUnavailable(error) : null
}
