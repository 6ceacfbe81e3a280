import type { Redis } from 'ioredis'
import type { Database } from '../database/database.js'
import { newestMigration, readSchemaVersion } from '../database/schema-version.js'
import type { Metrics } from '../metrics/metrics.js'
import { sharedRead } from '../metrics/shared-read.js'

/** Gauges, as of a scrape: of the connections, the waits for locks, and the stores' health. */
export function watchStores(metrics: Metrics, { database, redis }: { database: Database; redis: Redis }): void {
  const { pool, lockWaits } = database
  metrics.gauge('doorstep_pool_size', 'How many connections the pool may have: DATABASE_POOL_SIZE.', () => pool.options.max)
  metrics.gauge('doorstep_pool_in_use', 'Connections of the pool that somebody is using.', () => pool.totalCount - pool.idleCount)
  metrics.gauge('doorstep_pool_idle', 'Connections of the pool that are open and idle.', () => pool.idleCount)
  metrics.gauge('doorstep_pool_waiting', 'How many wait for a connection of the pool.', () => pool.waitingCount)
  const runningHelp = 'Units of work that wait for a row which somebody else holds, on a connection.'
  metrics.gauge('doorstep_lock_waits_running', runningHelp, () => lockWaits.running)
  metrics.gauge('doorstep_lock_waits_queued', 'Units of work that wait for their turn to do so.', () => lockWaits.queued)
  const begunHelp = 'Units of work that had to wait for a row: trying again for a moment was not enough.'
  metrics.total('doorstep_lock_waits_total', begunHelp, () => lockWaits.begun)

  const readVersion = sharedRead(() => readSchemaVersion(database.sqlClient))
  const databaseHelp = '1 where PostgreSQL responded to this scrape through the pool, otherwise 0.'
  metrics.gauge('doorstep_database_up', databaseHelp, async () => ((await readVersion()) === null ? 0 : 1))
  const redisHelp = '1 where the connection to the Redis of the cache is there, otherwise 0.'
  metrics.gauge('doorstep_redis_up', redisHelp, () => (redis.status === 'ready' ? 1 : 0))
  const versionHelp = 'The number of the last migration that the database has; left out where it is out of reach.'
  metrics.gauge('doorstep_schema_version', versionHelp, readVersion)
  const ofProgramHelp = 'The number of the last migration that this program was made with.'
  metrics.gauge('doorstep_schema_version_of_program', ofProgramHelp, () => newestMigration)
}
