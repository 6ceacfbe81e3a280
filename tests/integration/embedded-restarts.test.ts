import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbedded } from '../../src/embedded/embedded.js'
import { serversOf, soon, untilGone, withRedis } from '../support/embedded.js'
import { compile, startProcess } from '../support/processes.js'
import { query } from '../support/query.js'

const log = { info() {}, warn() {} }
const place = mkdtempSync(join(tmpdir(), 'doorstep-restarts-'))
const dataDir = (name: string) => join(place, name)
const start = (directory: string) => startEmbedded({ dataDir: directory, postgres: true, redis: true, durable: false, log })

beforeAll(compile)
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** Waits until others serve than those of before. */
async function untilReplaced(servers: () => Promise<number[]>, before: number[]) {
  const areReplaced = async () => !(await servers()).some((pid) => before.includes(pid))
  await expect.poll(() => areReplaced().catch(() => false), soon).toBe(true)
}

// Mutation check: red with `return` where the watch sees that a server has ended.
test('a server that is killed runs again, on the same port and with its data, each time', async () => {
  const embedded = await startEmbedded({ dataDir: dataDir('mended'), postgres: true, redis: true, durable: true, log })
  await query(embedded.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  for (let round = 0; round < 2; round++) {
    const pids = await serversOf(embedded)
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await untilReplaced(() => serversOf(embedded), pids)
    expect(await query(embedded.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  }
  await embedded.stop()
  await untilGone(dataDir('mended'))
})

// Mutation check: red with the same.
test('a server whose shell is killed too is stopped, and runs again', async () => {
  const embedded = await start(dataDir('shell'))
  const shell = Number.parseInt(readFileSync(join(dataDir('shell'), 'redis.pid'), 'utf8'), 10)
  process.kill(shell, 'SIGKILL')
  await expect.poll(() => Number.parseInt(readFileSync(join(dataDir('shell'), 'redis.pid'), 'utf8'), 10), soon).not.toBe(shell)
  await expect.poll(() => withRedis(embedded.redisUrl, (redis) => redis.ping()), soon).toBe('PONG')
  await embedded.stop()
  await untilGone(dataDir('shell'))
})

// Mutation check: red without a limit of restarts.
test('a server that cannot be started again is given up, with what it says', async () => {
  const failures: Error[] = []
  const embedded = await startEmbedded({
    dataDir: dataDir('given-up'),
    postgres: true,
    redis: true,
    durable: false,
    log,
    fail: (error) => failures.push(error),
  })
  const [postgres] = await serversOf(embedded)
  writeFileSync(join(dataDir('given-up'), 'postgres/postgresql.auto.conf'), "no_such_setting = 'on'\n")
  process.kill(postgres as number, 'SIGKILL')
  await expect
    .poll(() => failures.map(({ message }) => message), soon)
    .toEqual([expect.stringMatching(/again and again.*no_such_setting/s)])
  await embedded.stop()
  await untilGone(dataDir('given-up'))
})

/** The program on servers of its own. */
async function startAlone(name: string) {
  const program = await startProcess({ DATA_DIR: dataDir(name), DRAIN_SECONDS: 0 })
  const urlOf = (server: string) => readFileSync(join(dataDir(name), `${server}.url`), 'utf8').trim()
  const readiness = () => fetch(`${program.url}/readyz`).then(({ status }) => status)
  return { ...program, readiness, servers: () => serversOf({ databaseUrl: urlOf('postgres'), redisUrl: urlOf('redis') }) }
}

// Mutation check: red with `return` where the watch sees that a server has ended.
test('a process whose embedded servers are killed serves again', async () => {
  const { readiness, servers, stop, ended } = await startAlone('process')
  const pids = await servers()
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await untilReplaced(servers, pids)
  await expect.poll(readiness, soon).toBe(200)
  await stop()
  expect(await ended).toBe(0)
  await untilGone(dataDir('process'))
})

// Mutation check: red without `fail` in main.ts.
test('a process whose embedded server cannot be started again ends, and says why', async () => {
  const { servers, ended, errors } = await startAlone('doomed')
  const [postgres] = await servers()
  writeFileSync(join(dataDir('doomed'), 'postgres/postgresql.auto.conf'), "no_such_setting = 'on'\n")
  process.kill(postgres, 'SIGKILL')
  expect(await ended).toBe(1)
  expect(errors.join('')).toMatch(/The embedded PostgreSQL ends again and again.*no_such_setting/s)
  await untilGone(dataDir('doomed'))
})

// Mutation check: red without `isOwned` in jobs-cli.ts: Prisma's stack was all that it told.
test('commands go to the embedded servers of a process that runs, and say so where it was killed', async () => {
  const { kill, ended } = await startAlone('commanded')
  const cli = fileURLToPath(new URL('../../dist/jobs-cli.js', import.meta.url))
  const list = () =>
    promisify(execFile)(process.execPath, [cli, 'list'], { env: { PATH: process.env.PATH, DATA_DIR: dataDir('commanded') } })
  expect((await list()).stdout).toContain('midnight-reset: every')
  kill('SIGKILL')
  await ended
  await untilGone(dataDir('commanded'))
  await expect(list()).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^No Doorstep runs with the data directory .+\n$/) })
})
