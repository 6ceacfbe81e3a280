import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { processesOf, soon, untilGone } from '../support/embedded.js'
import { freePort } from '../support/free-port.js'

/** Mutation check: SIGTERM is red without `onceNpmHasEnded` in start.mjs: npm's shell ends, and the server serves on. */
test.each(['SIGTERM', 'SIGINT'] as const)('npm start leaves no process behind when npm is sent %s', async (signal) => {
  const directory = mkdtempSync(join(tmpdir(), 'doorstep-npm-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const port = await freePort()
  const npm = spawn('npm', ['start', '--', '--no-install'], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port), DATA_DIR: directory, WEB_APP: 'false', DRAIN_SECONDS: '0' },
    // As a terminal does, whose Ctrl-C reaches all of them.
    detached: true,
  })
  const ended = once(npm, 'exit')
  await expect.poll(() => fetch(`http://127.0.0.1:${port}/readyz`).then(({ status }) => status, String), soon).toBe(200)
  expect(processesOf(directory).length).toBeGreaterThan(0)
  if (signal === 'SIGINT') process.kill(-(npm.pid as number), signal)
  else npm.kill(signal)
  await ended
  await untilGone(directory)
  await expect.poll(() => fetch(`http://127.0.0.1:${port}/livez`).then(String, () => 'nobody listens'), soon).toBe('nobody listens')
})
