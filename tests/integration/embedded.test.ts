import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
// @ts-expect-error: plain JavaScript, since it runs before anything is installed.
import { setup } from '../../scripts/setup.mjs'
import { type Embedded, startEmbedded } from '../../src/embedded/embedded.js'
import { groupRuns } from '../../src/embedded/processes.js'
import { findRedis } from '../../src/embedded/redis.js'
import { startServer } from '../../src/embedded/server.js'
import { installSystemPackage } from '../../src/embedded/system-package.js'
import { processesOf, untilGone, withRedis } from '../support/embedded.js'
import { query } from '../support/query.js'

const log = { info() {}, warn() {} }
const place = mkdtempSync(join(tmpdir(), 'doorstep-embedded-'))
const dataDir = (name: string) => join(place, name)
const start = (directory: string) => startEmbedded({ dataDir: directory, postgres: true, redis: true, durable: false, log })

// The compiled program is what runs in a process of its own.
beforeAll(() => setup({ quiet: true }), 120_000)
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** Starts both servers in a process of its own, which lives until it is killed. */
async function startOwner(directory: string): Promise<{ owner: ChildProcess; databaseUrl: string }> {
  const module = new URL('../../dist/embedded/embedded.js', import.meta.url)
  const script = `
    const { startEmbedded } = await import('${module}')
    const log = { info() {}, warn() {} }
    const { databaseUrl } = await startEmbedded({ dataDir: ${JSON.stringify(directory)}, postgres: true, redis: true, durable: false, log })
    process.send({ databaseUrl })
    setInterval(() => {}, 1_000)`
  const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: [...stdio] })
  const [message] = await Promise.race([once(owner, 'message'), once(owner, 'exit').then(() => Promise.reject(new Error('ended')))])
  return { owner, databaseUrl: message.databaseUrl }
}

test('two run side by side, and know nothing of each other', async () => {
  const [left, right] = await Promise.all([start(dataDir('left')), start(dataDir('right'))])
  await query(left.databaseUrl, 'CREATE TABLE only_left ()')
  await withRedis(left.redisUrl, (redis) => redis.set('side', 'left'))

  expect(await query(right.databaseUrl, "SELECT to_regclass('only_left') AS found")).toEqual([{ found: null }])
  expect(await withRedis(right.redisUrl, (redis) => redis.get('side'))).toBe(null)
  expect(processesOf(dataDir('left')).length).toBeGreaterThan(0)

  await Promise.all([left.stop(), right.stop()])
  expect([...processesOf(dataDir('left')), ...processesOf(dataDir('right'))]).toEqual([])
})

// Mutation check: red without `endGroup` in `stop`.
test('a server has stopped when nothing of its process group runs', async () => {
  const child = '(trap "" TERM; for i in 1 2 3 4 5; do sleep 0.1; done) &'
  const server = await startServer({
    name: 'Server with a slow child',
    files: dataDir('slow'),
    command: () => ['/bin/sh', '-c', `${child} echo ready to accept connections; exec sleep 60`],
    stopSignal: 'TERM',
    fail() {},
    log,
  })
  const group = Number.parseInt(readFileSync(`${dataDir('slow')}.pid`, 'utf8'), 10)
  expect(groupRuns(group)).toBe(true)
  await server.stop()
  expect(groupRuns(group)).toBe(false)
})

test('PostgreSQL is set up as the program expects it', async () => {
  const embedded = await start(dataDir('settings'))
  const [row] = await query(
    embedded.databaseUrl,
    `SELECT current_database() AS database, current_setting('server_encoding') AS encoding, current_setting('timezone') AS zone,
            current_setting('listen_addresses') AS address, datlocprovider AS provider, datlocale AS locale
       FROM pg_database WHERE datname = current_database()`,
  )
  expect(row).toEqual({ database: 'doorstep', encoding: 'UTF8', zone: 'UTC', address: '127.0.0.1', provider: 'b', locale: 'C.UTF-8' })

  const wrong = (embedded.databaseUrl as string).replace(/:[^:@]+@/, ':wrong@')
  await expect(query(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
  await embedded.stop()
})

// Mutation check: red where an empty file is taken for a secret: initdb, and so each later start, fails.
test('empty files of passwords, which a full disk leaves, do not stand in the way', async () => {
  const directory = dataDir('emptied')
  const files = ['postgres.password', 'redis.password'].map((name) => join(directory, name))
  mkdirSync(directory)
  for (const file of files) writeFileSync(file, '')
  const embedded = await start(directory)
  expect(await query(embedded.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await withRedis(embedded.redisUrl, (redis) => redis.ping())).toBe('PONG')
  for (const file of files) expect(readFileSync(file, 'utf8')).toMatch(/^[\w-]{32}$/)
  await embedded.stop()
})

test('a restart keeps the data', async () => {
  const first = await start(dataDir('kept'))
  await query(first.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()

  const second = await start(dataDir('kept'))
  expect(await query(second.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  await second.stop()
})

test('the append-only file of a durable Redis survives a restart', async () => {
  const options = { dataDir: dataDir('durable'), postgres: false, redis: true, log }
  const first = await startEmbedded(options)
  await withRedis(first.redisUrl, (redis) => redis.set('kept', 'yes'))
  await first.stop()

  const second = await startEmbedded(options)
  expect(await withRedis(second.redisUrl, (redis) => redis.get('kept'))).toBe('yes')
  await second.stop()
})

// Mutation check: red without the second start in redis.ts: each start ended with "Bad file format".
test('a damaged append-only file of Redis is put aside, with a warning, and Redis starts empty', async () => {
  const directory = dataDir('damaged')
  const warnings: string[] = []
  const warn = (_detail: object, message: string) => void warnings.push(message)
  const options = { dataDir: directory, postgres: false, redis: true, log: { info() {}, warn } }
  for (let time = 0; time < 2; time++) {
    const first = await startEmbedded(options)
    await withRedis(first.redisUrl, (redis) => redis.set('lost', 'yes'))
    await first.stop()
    const files = readdirSync(join(directory, 'redis'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.aof'))
    for (const file of files) appendFileSync(join(directory, 'redis', file), Buffer.alloc(4_096))

    const second = await startEmbedded(options)
    expect(await withRedis(second.redisUrl, (redis) => redis.get('lost'))).toBe(null)
    await second.stop()
    expect(warnings).toHaveLength(time + 1)
    expect(warnings[time]).toContain(join(directory, 'redis.damaged'))
  }
})

test('a second start on a live data directory is rejected, and names the process', async () => {
  const embedded = await start(dataDir('owned'))
  await expect(start(dataDir('owned'))).rejects.toThrow(`${dataDir('owned')} is in use by another Doorstep (process ${process.pid})`)
  expect(await query(embedded.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await embedded.stop()
})

test('of many starts at once on one data directory, at most one gets it', async () => {
  const starts = await Promise.allSettled(Array.from({ length: 4 }, () => startOwner(dataDir('wanted'))))
  const owners = starts.flatMap((one) => (one.status === 'fulfilled' ? [one.value.owner] : []))
  for (const owner of owners) owner.kill('SIGKILL')
  expect(owners.length).toBe(1)
  await untilGone(dataDir('wanted'))
})

test.runIf(process.platform === 'linux')('an owner killed by SIGKILL leaves no process, and the next start recovers', async () => {
  const { owner, databaseUrl } = await startOwner(dataDir('killed'))
  await query(databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')
  expect(processesOf(dataDir('killed')).length).toBeGreaterThan(0)

  owner.kill('SIGKILL')
  // At once, while the servers are still on their way down.
  await once(owner, 'exit')
  const next = await start(dataDir('killed'))
  expect(await query(next.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
  await next.stop()
  await untilGone(dataDir('killed'))
})

test.runIf(process.platform === 'linux')('nothing is left either when nobody starts again', async () => {
  const { owner } = await startOwner(dataDir('abandoned'))
  owner.kill('SIGKILL')
  await untilGone(dataDir('abandoned'))
})

test('a stale lock whose pid another process has now does not stand in the way', async () => {
  const first = await start(dataDir('reused'))
  await first.stop()
  writeFileSync(join(dataDir('reused'), 'owner', `${process.ppid}-1-00000000`), '')
  writeFileSync(join(dataDir('reused'), 'postgres.pid'), `${process.ppid}-1-00000000`)
  writeFileSync(join(dataDir('reused'), 'postgres/postmaster.pid'), `${process.ppid}\n`)

  const second = await start(dataDir('reused'))
  await second.stop()
})

test.runIf(process.getuid?.() === 0)('root can run it beneath a directory that nobody else may enter', async () => {
  const closed = dataDir('closed')
  mkdirSync(closed, { mode: 0o700 })
  const embedded: Embedded = await start(join(closed, 'data'))
  expect(await query(embedded.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await embedded.stop()
})

// Mutation check: `install` left out of the condition in redis.ts; `say` left out of system-package.ts.
test('nothing is installed where that is not wanted, and what is run to install is said before', async () => {
  const path = process.env.PATH
  process.env.PATH = '/nowhere'
  try {
    await expect(findRedis({ install: false, log })).rejects.toThrow(/install one.*--no-install was given/s)
  } finally {
    process.env.PATH = path
  }
  const said: string[] = []
  const say = (command: string) => {
    said.push(command)
    throw new Error('enough')
  }
  await expect(installSystemPackage({ apt: 'doorstep-no-such-package', brew: 'doorstep-no-such-package' }, say)).rejects.toThrow()
  if (process.getuid?.() === 0) expect(said[0]).toMatch(/apt-get install .* doorstep-no-such-package$/)
})

test('a start that fails says why, and gives the data directory back', async () => {
  const directory = dataDir('broken')
  const first = await start(directory)
  await first.stop()
  const setting = join(directory, 'postgres/postgresql.auto.conf')
  const before = readFileSync(setting)
  writeFileSync(setting, "no_such_setting = 'on'\n")
  await expect(start(directory)).rejects.toThrow(/PostgreSQL did not start.*no_such_setting/s)

  writeFileSync(setting, before)
  await (await start(directory)).stop()
})
