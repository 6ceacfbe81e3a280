import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../generated/prisma/client.js'
import type { Log } from '../log.js'
import { Pool } from './pool.js'
import { type Connection, type Statements, statementName, statementsOn } from './sql-client.js'

/** `prisma` is for `createTransact`, which alone may begin transactions (pool.ts says why); everybody else takes a `Queryable`. */
export type Database = {
  prisma: PrismaClient
  pool: Pool
  statementsOf(connection: Connection, check?: () => void): Statements
  disconnect(): Promise<void>
}

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
 * Connects to PostgreSQL: one pool, for Prisma and for statements past it. The time-outs are PostgreSQL's own, since
 * Prisma's do not cancel SQL.
 */
export function createDatabase(options: DatabaseOptions): Database {
  const { log, preparedStatements } = options
  const pool = new Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: options.maxWaitMs,
    idleTimeoutMillis: 60_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: options.lockTimeoutMs,
    idle_in_transaction_session_timeout: 2 * options.statementTimeoutMs,
    // A plan for the values of a few arrays seems cheaper than one for any: it would be made anew each time, for more than it saves.
    options: '-c TimeZone=UTC -c DateStyle=ISO -c plan_cache_mode=force_generic_plan',
    application_name: 'doorstep',
  })
  // Prisma listens only once it has connected, and an error that nobody listens to ends the process.
  pool.on('error', (error) => log.warn({ err: error }, 'a database connection of the pool failed'))
  const adapter = new PrismaPg(pool, {
    ...(preparedStatements && { statementNameGenerator: ({ sql }) => statementName(sql) }),
    onConnectionError: (error) => log.warn({ err: error }, 'a database connection failed'),
  })
  const prisma = new PrismaClient({ adapter })
  return {
    prisma,
    pool,
    statementsOf: (connection, check) => statementsOn(connection, { preparedStatements, check }),
    async disconnect() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

/** The SQLSTATE of a failed statement, of the pool's own or wherever Prisma has put it; null where the error is no statement's. */
export function sqlState(error: unknown): string | null {
  if (error instanceof pg.DatabaseError) return error.code ?? null
  if ((error as { code?: unknown } | null)?.code === 'P2034') return '40001'
  return driverError(error)?.originalCode ?? null
}

/** What the driver said through Prisma, of a statement or of a connection; undefined where the error is not the driver's. */
export function driverError(error: unknown): { originalCode?: string; kind?: string } | undefined {
  return (error as { meta?: { driverAdapterError?: { cause?: { originalCode?: string; kind?: string } } } } | null)?.meta
    ?.driverAdapterError?.cause
}
