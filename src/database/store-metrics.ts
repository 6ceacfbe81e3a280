import type { Registry } from 'prom-client'
import { observedIn } from '../metrics/observed.js'
import { sharedRead } from '../metrics/shared-read.js'
import type { Queryable } from './database.js'
import { newestMigration, readSchemaVersion } from './schema-version.js'

type Watched = { database: Queryable; isRedisReady(): boolean }

/** Whether the stores can be reached, and which schema the database has, for Prometheus. */
export function watchStores(registry: Registry, { database, isRedisReady }: Watched): void {
  const readVersion = sharedRead(() => readSchemaVersion(database))
  const { gauge } = observedIn(registry)
  gauge('doorstep_database_up', '1 where PostgreSQL responded to this scrape through the pool, otherwise 0.', async () =>
    (await readVersion()) === null ? 0 : 1,
  )
  gauge('doorstep_redis_up', '1 where the connection to the Redis of the cache is there, otherwise 0.', () => (isRedisReady() ? 1 : 0))
  gauge(
    'doorstep_schema_version',
    'The number of the last migration that the database has; left out where it is out of reach.',
    readVersion,
  )
  gauge('doorstep_schema_version_of_program', 'The number of the last migration that this program was made with.', () => newestMigration)
}
