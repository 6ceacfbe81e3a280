import type { Registry } from 'prom-client'
import { type AppConfig, preparesStatements } from '../config.js'
import { createDatabase, type Queryable } from '../database/database.js'
import { DatabaseMetrics } from '../database/database-metrics.js'
import { watchStatements } from '../database/statement-watch.js'
import { watchStores } from '../database/store-metrics.js'
import { createTransact } from '../database/transaction.js'
import { Hints } from '../live/hints.js'
import type { Log } from '../log.js'
import { connectSubscriber, createRedis } from '../redis/redis.js'
import type { Tracing } from '../tracing/tracing.js'

export type Stores = ReturnType<typeof createStores>

/** PostgreSQL and Redis, and what sends statements to them. */
export function createStores(config: AppConfig, { metrics, tracing, log }: { metrics: Registry; tracing: Tracing | null; log: Log }) {
  const databaseMetrics = new DatabaseMetrics(metrics)
  const database = createDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: config.DATABASE_LOCK_TIMEOUT_MS,
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    preparedStatements: preparesStatements(config),
    pgBouncer: config.DATABASE_PGBOUNCER,
    watch: watchStatements({ tracing, slowMs: config.SLOW_STATEMENT_MS, log }),
    waitedForConnection: (seconds) => databaseMetrics.waitedForConnection(seconds),
    log,
  })
  databaseMetrics.watch(database)
  const redis = createRedis(config.REDIS_URL, log, tracing)
  watchStores(metrics, { database: database.sqlClient, isRedisReady: () => redis.status === 'ready' })
  const hints = new Hints({ redis, connectSubscriber: () => connectSubscriber(config.REDIS_URL, log), log })
  const transact = createTransact(database, {
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    timeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    log,
    retried: (sqlState) => databaseMetrics.retried(sqlState),
    committed: (memberId) => hints.publish(memberId),
  })
  return {
    database,
    transact,
    /** Runs several reads in one snapshot of the database. Never tried again: what was read may have gone out already. */
    readConsistently<T>(work: (db: Queryable) => Promise<T>, { timeoutMs }: { timeoutMs: number }): Promise<T> {
      const options = { isolationLevel: 'RepeatableRead', maxWait: config.DATABASE_MAX_WAIT_MS, timeout: timeoutMs } as const
      return database.prisma.$transaction(work, options)
    },
    redis,
    hints,
    async close(): Promise<void> {
      hints.stop()
      await database.disconnect()
      redis.disconnect()
    },
  }
}
