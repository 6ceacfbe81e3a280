import type { AppConfig } from '../config.js'
import { createDatabase } from '../database/database.js'
import { createReadConsistently } from '../database/read-consistently.js'
import { createTransact } from '../database/transaction.js'
import type { Log } from '../log.js'
import { createRedis } from '../redis/redis.js'

export type Stores = ReturnType<typeof createStores>

/** PostgreSQL and Redis, and what sends statements to them. */
export function createStores(config: AppConfig, log: Log) {
  const database = createDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: config.DATABASE_LOCK_TIMEOUT_MS,
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    preparedStatements: config.DATABASE_PREPARED_STATEMENTS,
    log,
  })
  const transact = createTransact(database, {
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    timeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    log,
  })
  const redis = createRedis(config.REDIS_URL, log)
  return {
    database,
    transact,
    readConsistently: createReadConsistently(database, { maxWaitMs: config.DATABASE_MAX_WAIT_MS }),
    redis,
    async close(): Promise<void> {
      await database.disconnect()
      redis.disconnect()
    },
  }
}
