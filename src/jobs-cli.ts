import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createApp } from './app.js'
import { generateAccessTokenKey } from './auth/access-token.js'
import { type Config, ConfigError, readConfig } from './config.js'
import { runCommand } from './jobs/cli.js'
import { createLog } from './log.js'

try {
  const config = readConfig(undefined, { isCommand: true })
  const app = await createApp(
    {
      ...config,
      ROLE: 'worker',
      DATABASE_URL: config.DATABASE_URL ?? (await embeddedUrl(config, 'postgres')),
      REDIS_URL: config.REDIS_URL ?? (await embeddedUrl(config, 'redis')),
      // Nobody signs in here.
      ACCESS_TOKEN_PRIVATE_KEY: await generateAccessTokenKey(),
    },
    { log: createLog('warn') },
  )
  const code = await runCommand(app, process.argv.slice(2), (line) => process.stdout.write(`${line}\n`))
  await app.stop()
  process.exit(code)
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
}

/** Where a Doorstep that runs with this data directory has its embedded server. */
async function embeddedUrl({ DATA_DIR }: Config, server: 'postgres' | 'redis'): Promise<string> {
  const url = await readFile(join(DATA_DIR, `${server}.url`), 'utf8').catch(() => null)
  // One that was killed leaves its URLs behind.
  const { isOwned } = await import('./embedded/claim.js')
  if (url && isOwned(DATA_DIR)) return url.trim()
  throw new ConfigError(`No Doorstep runs with the data directory ${DATA_DIR}: start it, or set DATABASE_URL and REDIS_URL.`)
}
