import { randomUUID } from 'node:crypto'
import { inject, onTestFinished } from 'vitest'
import { createApp } from '../../src/app.js'
import { generateAccessTokenKey } from '../../src/auth/access-token.js'
import type { Clock } from '../../src/clock.js'
import type { AppConfig } from '../../src/config.js'
import { settings } from '../../src/config.js'
import { createLog, type Log } from '../../src/log.js'
import { admin, databaseNamed, templateDatabase } from './servers.js'
import { workerRedisUrl } from './worker-redis.js'

export type TestApp = Awaited<ReturnType<typeof startTestApp>>

type Options = { clock?: Clock; config?: Partial<AppConfig>; log?: Log }

/** The production app on a port of its own, with a database of its own and the Redis database of this worker. */
export async function startTestApp({ clock, config = {}, log }: Options = {}) {
  const serverUrl = inject('databaseUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await admin(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${templateDatabase} STRATEGY FILE_COPY`)
  const complete: AppConfig = {
    ...settings.parse({ NODE_ENV: 'test', ROLE: 'api', PORT: 0, EXECUTOR: process.env.EXECUTOR }),
    DATABASE_URL: databaseNamed(serverUrl, name),
    REDIS_URL: workerRedisUrl(),
    ACCESS_TOKEN_PRIVATE_KEY: await generateAccessTokenKey(),
    // The machine may be busy with something else.
    DATABASE_MAX_WAIT_MS: 30_000,
    DATABASE_LOCK_TIMEOUT_MS: 30_000,
    DATABASE_STATEMENT_TIMEOUT_MS: 30_000,
    // A test's clock may leap by years.
    ACCESS_TOKEN_TTL_SECONDS: 10 * 365 * 86_400,
    // Nobody has to see that it is not ready.
    DRAIN_SECONDS: 0,
    // A burst on a busy machine may take its time.
    OPERATION_TIMEOUT_MS: 60_000,
    ...config,
  }
  const app = await createApp(complete, { log: log ?? createLog(process.env.LOG_LEVEL ?? 'silent'), ...(clock && { clock }) })
  const url = await app.listen()
  return {
    url,
    app,
    database: app.database,
    config: complete,
    async stop() {
      await app.stop()
      await admin(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

/** The same app once more, on the same database and Redis, as if in another process. */
export async function anotherInstance({ config }: TestApp, options: Pick<Options, 'clock'> = {}): Promise<TestApp> {
  const instance = await startTestApp({ ...options, config })
  onTestFinished(() => instance.stop())
  return instance
}

/** An app for one test alone. */
export async function appForThisTest(options?: Options): Promise<TestApp> {
  const app = await startTestApp(options)
  onTestFinished(() => app.stop())
  return app
}
