import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { claim } from './claim.js'
import { startPostgres } from './postgres.js'
import { startRedis } from './redis.js'
import type { EmbeddedServer, Log } from './server.js'

export interface Embedded {
  databaseUrl?: string
  redisUrl?: string
  stop(): Promise<void>
}

interface Options {
  dataDir: string
  postgres: boolean
  redis: boolean
  /** False for tests: nothing survives a crash of the machine, and everything is faster. */
  durable?: boolean
  /** False: the system's package manager is not called for a Redis. */
  install?: boolean
  /** A server has ended again and again, and is given up. */
  fail?(error: Error): void
  log: Log
}

/**
 * Starts servers in a data directory of this process alone, on free loopback ports, with passwords
 * of their own. They end when the process does, in whatever way, and are restarted should they end
 * before. `postgres.url` and `redis.url` in it tell their addresses to developers' tools.
 */
export async function startEmbedded(options: Options): Promise<Embedded> {
  const { postgres, redis, durable = true, install = true, fail = () => {}, log } = options
  const dataDir = resolve(options.dataDir)
  // Others may pass, but not list: started by root, PostgreSQL runs as another user.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  const release = await claim(dataDir)

  const start = async (name: string, run: typeof startPostgres) => {
    const server = await run({ dataDir, durable, install, fail, log })
    const urlFile = join(dataDir, `${name}.url`)
    writeFileSync(urlFile, `${server.url}\n`, { mode: 0o600 })
    return { ...server, stop: () => server.stop().finally(() => rmSync(urlFile, { force: true })) }
  }
  const starting = [postgres ? start('postgres', startPostgres) : undefined, redis ? start('redis', startRedis) : undefined] as const
  const stop = async () => {
    const started = await Promise.allSettled(starting)
    const servers = started.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value as EmbeddedServer] : []))
    await Promise.all(servers.map((server) => server.stop()))
    release()
  }
  try {
    const [database, cache] = await Promise.all(starting)
    return { databaseUrl: database?.url, redisUrl: cache?.url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
