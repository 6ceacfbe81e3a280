import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { processesOf, untilGone } from '../support/embedded.js'
import { compile, startProcess } from '../support/processes.js'

beforeAll(() => compile(), 120_000)

/** A migration of a database that accepts connections and says nothing; told of each connection. */
async function startMigration(...nodeOptions: string[]) {
  const server = createServer((socket) => socket.on('error', () => {}).resume())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const child = spawn(process.execPath, [...nodeOptions, 'dist/main.js'], {
    env: { PATH: process.env.PATH, ROLE: 'migrate', DATABASE_URL: `postgresql://x:x@127.0.0.1:${port}/x` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, ended: once(child, 'exit'), connected: once(server, 'connection') }
}

// The code is that of a handler: to PID 1 of a container, a signal that nobody handles does nothing.
const ended = [143, null]

// Mutation check: red without onSignal in main.ts: ended by the signal itself, with no code.
test('a migration that waits for its database is ended by SIGTERM, also as PID 1', async () => {
  const migration = await startMigration()
  await migration.connected
  migration.child.kill('SIGTERM')
  expect(await migration.ended).toEqual(ended)
})

/** Holds what main.ts loads first, once it has said so. */
const hold = `
  import { writeSync } from 'node:fs'
  export async function load(url, context, next) {
    if (!url.endsWith('/dist/config.js')) return next(url, context)
    writeSync(1, 'loading')
    return new Promise(() => {})
  }`

// Mutation check: red with onSignal called after the imports of main.ts: ended by the signal itself, with no code.
test('SIGTERM ends it also while it loads', async () => {
  const asModule = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`
  const holding = `import { register } from 'node:module'; register(${JSON.stringify(asModule(hold))}); setInterval(() => {}, 60_000)`
  const migration = await startMigration('--import', asModule(holding))
  await once(migration.child.stdout, 'data')
  migration.child.kill('SIGTERM')
  expect(await migration.ended).toEqual(ended)
})

// Mutation check: red without the half second of signals.ts: the second one ends it at once, with 1.
test.each([
  ['SIGINT', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)('%s, and %s 2 ms later, are one order: it stops gracefully, and leaves no server behind', async (first, second) => {
  const directory = mkdtempSync(join(tmpdir(), 'doorstep-signals-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const program = await startProcess({ DATA_DIR: directory, DRAIN_SECONDS: 0 })
  expect(processesOf(directory).length).toBeGreaterThan(0)
  program.kill(first)
  await sleep(2)
  program.kill(second)
  expect(await program.ended).toBe(0)
  expect(program.messages.at(-1)).toBe('stopped')
  await untilGone(directory)
})
