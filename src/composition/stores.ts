import { preparesStatements } from '../config.js'
import { createDatabase } from '../database/database.js'
import { watchStatements } from '../database/statement-watch.js'
import { createTransact, retryReasons } from '../database/transaction.js'
import { Hints } from '../live/hints.js'
import { connectSubscriber, createRedis } from '../redis/redis.js'
import type { Base } from './base.js'
import { watchStores } from './store-gauges.js'

export type Stores = ReturnType<typeof createStores>

export function createStores({ config, metrics, tracing, log }: Base) {
  const retriesHelp = 'Transactions that ran again, by what had ended them: locked, deadlock or serialization.'
  const retries = metrics.counter('doorstep_transaction_retries_total', retriesHelp, 'reason')
  for (const reason of retryReasons.values()) retries.inc({ reason }, 0)
  const connectionWaits = metrics.histogram(
    'doorstep_pool_wait_seconds',
    'How long those waited for a connection of the pool who found none that was idle; a new connection is waited for, too.',
    [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5],
  )
  const database = createDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: config.DATABASE_LOCK_TIMEOUT_MS,
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    preparedStatements: preparesStatements(config),
    pgBouncer: config.DATABASE_PGBOUNCER,
    watch: watchStatements({ tracing, slowMs: config.SLOW_STATEMENT_MS, log }),
    waitedForConnection: (seconds) => connectionWaits.observe(seconds),
    log,
  })
  const redis = createRedis(config.REDIS_URL, log, tracing)
  watchStores(metrics, { database, redis })
  const hints = new Hints({ redis, connectSubscriber: () => connectSubscriber(config.REDIS_URL, log), log })
  const transact = createTransact(database, {
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    timeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    log,
    retried: (reason) => retries.inc({ reason }),
    committed: (memberId) => hints.publish(memberId),
  })
  return {
    database,
    transact,
    redis,
    hints,
    async close(): Promise<void> {
      hints.stop()
      await database.disconnect()
      redis.disconnect()
    },
  }
}
