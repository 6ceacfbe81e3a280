import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createApp } from './app.js'
import { generateAccessTokenKey } from './auth/access-token.js'
import { type AppConfig, type Config, migratesAtStart } from './config.js'
import { checkDatabase } from './database/start-check.js'
import type { Embedded } from './embedded/embedded.js'
import { createLog, terminalOutput } from './log.js'
import { runMigrations } from './run-migrations.js'
import { storedSecret } from './stored-secret.js'

export type Running = { stop(): Promise<void> }

type Options = {
  /** Whether the system's package manager may be called for a Redis. */
  install: boolean
  /** An embedded server has ended for good: the process can't go on without it. */
  fail(error: Error): void
}

/** Starts what is not configured (PostgreSQL, Redis, a signing key), migrates, and serves. */
export async function bootstrap(config: Config, { install, fail }: Options): Promise<Running> {
  const log = createLog(config.LOG_LEVEL, await terminalOutput())
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end()
    log.info('stopped')
  }
  try {
    const embedded: Partial<Embedded> = {}
    if (!config.DATABASE_URL || !config.REDIS_URL) {
      // Loaded only where needed: production doesn't need it, and its image lacks it.
      const { startEmbedded } = await import('./embedded/embedded.js')
      const servers = { postgres: !config.DATABASE_URL, redis: !config.REDIS_URL }
      const started = await startEmbedded({ dataDir: config.DATA_DIR, ...servers, install, fail, log })
      stops.push(() => started.stop())
      Object.assign(embedded, started)
    }
    const complete: AppConfig = {
      ...config,
      DATABASE_URL: config.DATABASE_URL ?? (embedded.databaseUrl as string),
      REDIS_URL: config.REDIS_URL ?? (embedded.redisUrl as string),
      ACCESS_TOKEN_PRIVATE_KEY: config.ACCESS_TOKEN_PRIVATE_KEY ?? (await readSigningKey(config.DATA_DIR)),
    }
    if (embedded.databaseUrl) await runMigrations({ ...complete, MIGRATION_DATABASE_URL: embedded.databaseUrl })
    else if (migratesAtStart(config)) await runMigrations(complete)
    await checkDatabase(complete.DATABASE_URL, {
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
      lockTimeoutMs: config.DATABASE_LOCK_TIMEOUT_MS,
      pgBouncer: config.DATABASE_PGBOUNCER,
    })

    const app = await createApp(complete, { log })
    stops.push(() => app.stop())
    const url = await app.listen()
    await app.scheduler?.start()
    const serves =
      config.ROLE === 'worker'
        ? 'runs jobs, and tells its health'
        : config.NODE_ENV === 'production'
          ? 'serves'
          : 'serves, with a playground,'
    log.info({ url }, `Doorstep ${serves} at ${url}`)
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The signing key of this data directory, made at the first start: sessions outlive a restart. */
async function readSigningKey(dataDir: string): Promise<string> {
  const file = join(dataDir, 'access-token-key.json')
  await mkdir(dataDir, { recursive: true })
  return storedSecret(file, () => generateAccessTokenKey())
}
