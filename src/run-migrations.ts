import type { Config } from './config.js'
import { migrate } from './database/migrate.js'
import { createLog, terminalOutput } from './log.js'

/** Migrates and logs what was applied: for one process alone, before others start. */
export async function runMigrations(config: Config): Promise<void> {
  const databaseUrl = config.MIGRATION_DATABASE_URL ?? (config.DATABASE_URL as string)
  const { applied } = await migrate(databaseUrl, { lockTimeoutMs: config.MIGRATION_LOCK_TIMEOUT_MS })
  const message = applied.length === 0 ? 'the database was up to date' : `the database is up to date, by ${applied.join(', ')}`
  createLog(config.LOG_LEVEL, await terminalOutput()).info({ applied }, message)
}
