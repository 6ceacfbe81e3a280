import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { claim } from './owner.js'
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
  log: Log
}

/**
 * Starts the asked-for servers in a data directory that is this process's alone. They listen on the loopback address, on
 * free ports and with passwords of their own, and end when this process does, in whatever way.
 * While they run, `postgres.url` and `redis.url` in the data directory tell their addresses to the tools of a developer.
 */
export async function startEmbedded({ postgres, redis, durable = true, log, ...options }: Options): Promise<Embedded> {
  // Any number of instances may share a data directory in which nothing of ours runs.
  if (!postgres && !redis) return { stop: async () => {} }
  const dataDir = resolve(options.dataDir)
  // Others may pass but not look: PostgreSQL passes, as another user, when we are root.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 })
  const release = await claim(dataDir)

  const start = async (name: string, run: typeof startPostgres) => {
    const server = await run({ dataDir, durable, log })
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
