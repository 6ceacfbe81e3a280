import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { LRUCache } from 'lru-cache'
import { type Prisma, PrismaClient } from '../generated/prisma/client.js'
import type { Log } from './log.js'

export type Database = PrismaClient

/** What a statement is sent through: the pool, or a transaction. */
export type Queryable = Pick<Prisma.TransactionClient, '$queryRaw' | '$executeRaw'>

export type DatabaseOptions = {
  url: string
  poolSize: number
  statementTimeoutMs: number
  lockTimeoutMs: number
  /** How long a request waits for a connection of the pool. */
  maxWaitMs: number
  /** Off behind PgBouncer in transaction mode. */
  preparedStatements: boolean
  log: Log
}

/**
 * Connects to PostgreSQL. The time-outs are PostgreSQL's own, since Prisma's do not cancel SQL; a statement's name
 * comes from its text, so that PostgreSQL keeps its plan (half of its CPU time otherwise).
 */
export function createDatabase(options: DatabaseOptions): Database {
  const adapter = new PrismaPg(
    {
      connectionString: options.url,
      max: options.poolSize,
      connectionTimeoutMillis: options.maxWaitMs,
      idleTimeoutMillis: 60_000,
      statement_timeout: options.statementTimeoutMs,
      lock_timeout: options.lockTimeoutMs,
      idle_in_transaction_session_timeout: 2 * options.statementTimeoutMs,
      options: '-c TimeZone=UTC',
      application_name: 'doorstep',
    },
    {
      ...(options.preparedStatements && { statementNameGenerator: ({ sql }) => statementName(sql) }),
      onPoolError: (error) => options.log.warn({ err: error }, 'a database connection of the pool failed'),
      onConnectionError: (error) => options.log.warn({ err: error }, 'a database connection failed'),
    },
  )
  return new PrismaClient({ adapter })
}

const names = new LRUCache<string, string>({ max: 1_000 })

function statementName(sql: string) {
  const known = names.get(sql)
  if (known) return known
  const name = createHash('sha256').update(sql).digest('base64url').slice(0, 32)
  names.set(sql, name)
  return name
}

/** The SQLSTATE of a failed statement, wherever Prisma has put it; null where the error is no statement's. */
export function sqlState(error: unknown): string | null {
  if ((error as { code?: unknown } | null)?.code === 'P2034') return '40001'
  return driverError(error)?.originalCode ?? null
}

/** What the driver said, of a statement or of a connection; undefined where the error is not the driver's. */
export function driverError(error: unknown): { originalCode?: string; kind?: string } | undefined {
  return (error as { meta?: { driverAdapterError?: { cause?: { originalCode?: string; kind?: string } } } } | null)?.meta
    ?.driverAdapterError?.cause
}
