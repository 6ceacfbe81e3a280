import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatePassword, storedSecret } from '../stored-secret.js'
import { type EmbeddedOptions, type EmbeddedServer, type Log, type ServerSpec, startServer } from './server.js'
import { findCommand, installSystemPackage } from './system-package.js'

/** What Redis says of its files as it reads them: it has ended on the way, if it says no more. */
const READING = /append only file|\bAOF\b|\bRDB\b/

/** A Redis of our own: the system's redis-server or valkey-server as a child process. */
export async function startRedis({ dataDir, durable, install, fail, log }: EmbeddedOptions): Promise<EmbeddedServer> {
  const binary = await findRedis({ install, log })
  const dir = join(dataDir, 'redis')
  const password = await storedSecret(join(dataDir, 'redis.password'), generatePassword)
  const configFile = join(dataDir, 'redis.conf')

  const spec: ServerSpec = {
    name: 'Redis',
    files: dir,
    stopSignal: 'TERM',
    prepare: () => mkdirSync(dir, { recursive: true, mode: 0o700 }),
    command(port) {
      // A file, as everybody can read the arguments of a process.
      writeFileSync(configFile, config({ port, password, dir, durable }), { mode: 0o600 })
      return [...binary, configFile]
    },
    fail,
    log,
  }
  const { port, stop } = await startServer(spec).catch((error) => {
    if (!READING.test(String(error))) throw error
    putAside(dir, log)
    return startServer(spec)
  })
  return { url: `redis://:${password}@127.0.0.1:${port}`, stop }
}

/** Nothing in it has to be kept: an empty Redis serves as well. */
function putAside(dir: string, log: Log) {
  const aside = `${dir}.damaged`
  rmSync(aside, { recursive: true, force: true })
  renameSync(dir, aside)
  log.warn({}, `Redis could not read its files: it starts without them, and they are in ${aside}`)
}

const config = (options: { port: number; password: string; dir: string; durable: boolean }) => `
bind 127.0.0.1
port ${options.port}
requirepass ${options.password}
dir "${options.dir.replaceAll(/["\\]/g, '\\$&')}"
databases 64
maxmemory-policy noeviction
save ""
appendonly ${options.durable ? 'yes' : 'no'}
`

/** The command that runs Redis; installs it if it is missing, possible and not forbidden. */
export async function findRedis({ install, log }: { install: boolean; log: Log }): Promise<string[]> {
  const found = lookForRedis()
  if (found) return found
  try {
    if (!install) throw new Error('--no-install was given.')
    const say = (command: string) =>
      log.info({}, `There is no redis-server on the PATH, so this is run (--no-install leaves it out): ${command}`)
    await installSystemPackage({ apt: 'redis-tools', brew: 'redis' }, say)
  } catch (cause) {
    const message =
      'Doorstep needs a Redis (6.2 or newer) or a Valkey: install one (Debian and Ubuntu: apt-get install redis-server, ' +
      `macOS: brew install redis), or set REDIS_URL. It was not installed from here: ${(cause as Error).message}`
    throw new Error(message, { cause })
  }
  const installed = lookForRedis()
  if (!installed) throw new Error('Installed Redis, but there is still no redis-server on the PATH.')
  return installed
}

function lookForRedis(): string[] | undefined {
  const server = findCommand('redis-server', 'valkey-server')
  if (server) return [server]
  // In Debian redis-server is a link to redis-check-rdb of redis-tools, with an unwanted service:
  // one program, which looks at the name it was called by.
  const twin = findCommand('redis-check-rdb')
  return twin ? ['/bin/bash', '-c', 'exec -a redis-server "$0" "$@"', twin] : undefined
}
