import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished } from 'vitest'
import { findRedis } from '../../src/embedded/redis.js'
import { createLog } from '../../src/log.js'
import { freePort } from './free-port.js'

const [password, sentinelPassword] = ['p@ss word', 'of-the-sentinels']
const soon = { timeout: 60_000, interval: 100 }

/** A primary with two replicas, and three Sentinels that take it for gone after a second; both ask for a password. */
export async function startSentinels() {
  const directory = mkdtempSync(join(tmpdir(), 'doorstep-sentinels-'))
  const program = await findRedis({ install: true, log: createLog('silent') })
  const servers = new Map<number, ChildProcess>()
  onTestFinished(() => {
    for (const child of servers.values()) child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  const start = async (lines: string[], ...mode: string[]) => {
    const port = await freePort()
    const file = join(directory, `${port}.conf`)
    writeFileSync(file, [`port ${port}`, 'bind 127.0.0.1', `dir ${directory}`, 'save ""', ...lines].join('\n'))
    const [command, ...words] = [...program, file, ...mode]
    servers.set(port, spawn(command as string, words, { stdio: 'ignore' }))
    return port
  }
  const secured = [`requirepass "${password}"`, `masterauth "${password}"`, 'maxmemory-policy noeviction']
  const first = await start(secured)
  for (let replica = 0; replica < 2; replica++) await start([...secured, `replicaof 127.0.0.1 ${first}`])
  const watching = [
    `requirepass ${sentinelPassword}`,
    `sentinel sentinel-pass ${sentinelPassword}`,
    `sentinel monitor main 127.0.0.1 ${first} 2`,
    `sentinel auth-pass main "${password}"`,
    'sentinel down-after-milliseconds main 1000',
    'sentinel failover-timeout main 5000',
  ]
  const sentinels = [await start(watching, '--sentinel'), await start(watching, '--sentinel'), await start(watching, '--sentinel')]

  const ask = sentinels.map((port) => connected(port, sentinelPassword))
  const state = (sentinel: Redis) => sentinel.call('SENTINEL', 'MASTER', 'main') as Promise<string[]>
  const field = (state: string[], name: string) => state[state.indexOf(name) + 1]
  await expect
    .poll(async () => {
      const states = await Promise.all(ask.map((one) => state(one).catch(() => [])))
      return states.map((one) => `${field(one, 'num-slaves')} ${field(one, 'num-other-sentinels')}`)
    }, soon)
    .toEqual(['2 2', '2 2', '2 2'])
  const hosts = sentinels.map((port) => `127.0.0.1:${port}`).join(',')
  return {
    url: `redis+sentinel://:${encodeURIComponent(password)}@${hosts}/3?name=main&sentinelPassword=${sentinelPassword}`,
    /** The port that the Sentinels name; null while they do not agree. */
    async primary(): Promise<number | null> {
      const ports = await Promise.all(
        ask.map(async (one) => ((await one.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main')) as string[])[1]),
      )
      return new Set(ports).size === 1 ? Number(ports[0]) : null
    },
    /** The server itself, in the product's database. */
    server: (port: number) => connected(port, password, 3),
    signal: (port: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void servers.get(port)?.kill(signal),
  }
}

function connected(port: number, secret: string, db = 0): Redis {
  const redis = new Redis({ port, password: secret, db, maxRetriesPerRequest: 0, commandTimeout: 2_000 })
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}
