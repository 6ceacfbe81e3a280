import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { Embedded } from '../../src/embedded/embedded.js'
import { query } from './query.js'

export const soon = { timeout: 60_000, interval: 50 }

export async function withRedis<T>(url: string | undefined, work: (redis: Redis) => Promise<T>) {
  const redis = new Redis(url as string)
  // It may be starting again: what the work waits for says so, or succeeds once it runs.
  redis.on('error', () => {})
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** The pid of a PostgreSQL of this machine. */
export async function postgresOf(databaseUrl: string | undefined): Promise<number> {
  const [row] = await query(databaseUrl, "SELECT pg_read_file('postmaster.pid') AS lines")
  return Number.parseInt(String(row?.lines), 10)
}

/** The pids of the servers themselves, without the shells around them. */
export async function serversOf({ databaseUrl, redisUrl }: Omit<Embedded, 'stop'>): Promise<[postgres: number, redis: number]> {
  const redis = await withRedis(redisUrl, (one) => one.info('server'))
  return [await postgresOf(databaseUrl), Number(/process_id:(\d+)/.exec(redis)?.[1])]
}

/** The processes whose command line or configuration names the directory. A zombie has none. */
export function processesOf(directory: string): string[] {
  const commands = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : []
    } catch {
      return []
    }
  })
  const redisPort = /^port (\d+)$/m.exec(readFileSync(join(directory, 'redis.conf'), 'utf8'))?.[1]
  return commands.filter((command) => command.includes(directory) || command.includes(`redis-server 127.0.0.1:${redisPort}`))
}

export async function untilGone(directory: string) {
  await expect.poll(() => processesOf(directory), soon).toEqual([])
}
