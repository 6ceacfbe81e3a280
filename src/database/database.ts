import { PrismaPg } from '@prisma/adapter-pg'
import { isDriverAdapterError } from '@prisma/driver-adapter-utils'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../generated/prisma/client.js'
import type { Log } from '../log.js'
import { createHealthCheck } from './health-check.js'
import { Semaphore } from './semaphore.js'
import { sessionSettings } from './session-settings.js'
import { endSilentConnections } from './silence.js'
import { createSqlClient, statementName } from './sql-client.js'
import { endStandbyConnections } from './standby.js'
import type { StatementWatch } from './statement-watch.js'
import { WatchedPool } from './watched-pool.js'

export type Database = ReturnType<typeof createDatabase>

/** What a statement is sent through: the pool, or a transaction. */
export type Queryable = Pick<Prisma.TransactionClient, '$queryRaw' | '$executeRaw'>

export type DatabaseOptions = {
  url: string
  poolSize: number
  statementTimeoutMs: number
  lockTimeoutMs: number
  /** How long a request waits for a connection of the pool. */
  maxWaitMs: number
  preparedStatements: boolean
  /** Whether the URL leads through PgBouncer in transaction mode: the role bears the settings. */
  pgBouncer?: boolean
  log: Log
  watch?: StatementWatch | null
  waitedForConnection?(seconds: number): void
}

/** One pool for Prisma and single statements. Prisma's time-outs cancel no SQL, PostgreSQL's do. */
export function createDatabase(options: DatabaseOptions) {
  const { log, preparedStatements } = options
  const pool = new WatchedPool({
    waited: options.waitedForConnection,
    watch: options.watch ?? null,
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: options.maxWaitMs,
    // A new connection plans every statement anew: after a quiet minute a burst waited for that.
    idleTimeoutMillis: 600_000,
    ...(!options.pgBouncer && sessionSettings(options)),
    application_name: 'doorstep',
  })
  // An error event without a listener ends the process. The pool listens to a connection only
  // while it is idle, and Prisma only from its BEGIN on.
  pool.on('connect', (client) => client.on('error', (error) => log.warn({ err: error }, 'a database connection failed')))
  // The pool repeats the errors of idle connections.
  pool.on('error', () => {})
  endSilentConnections(pool, options)
  endStandbyConnections(pool)
  const adapter = new PrismaPg(pool, {
    // Without a name BEGIN and COMMIT are one message each, and not four.
    ...(preparedStatements && { statementNameGenerator: ({ sql, args }) => (args.length > 0 ? statementName(sql) : '') }),
  })
  const prisma = new PrismaClient({ adapter })
  const health = createHealthCheck(options.url, { pgBouncer: options.pgBouncer ?? false })
  return {
    pool,
    prisma,
    /** For single statements of hot paths. */
    sqlClient: createSqlClient(pool, { preparedStatements }),
    /** What waits for a locked row runs through this, and so takes a part of the pool at most. */
    lockWaits: new Semaphore({ permits: Math.max(1, Math.floor(options.poolSize / 3)), maxWaitMs: options.maxWaitMs }),
    /** Throws where PostgreSQL does not answer within half a second, however busy the pool is. */
    check: health.check,
    async disconnect() {
      await prisma.$disconnect()
      await Promise.all([pool.end(), health.end()])
    },
  }
}

/** The SQLSTATE of a statement that took longer than it may. */
export const statementTimedOut = '57014'

/** The SQLSTATE of a failed statement, from `pg` or from Prisma; null for any other error. */
export function sqlState(error: unknown): string | null {
  if (error instanceof pg.DatabaseError) return error.code ?? null
  if ((error as { code?: unknown } | null)?.code === 'P2034') return '40001'
  return driverError(error)?.originalCode ?? null
}

/** What the driver said of a statement or a connection; undefined for any other error. */
export function driverError(error: unknown): { originalCode?: string; kind?: string } | undefined {
  // Of BEGIN and COMMIT, Prisma hands on some of the driver's errors as they are.
  const fromDriver = isDriverAdapterError(error)
    ? error
    : (error as { meta?: { driverAdapterError?: unknown } } | null)?.meta?.driverAdapterError
  return (fromDriver as { cause?: { originalCode?: string; kind?: string } } | undefined)?.cause
}
