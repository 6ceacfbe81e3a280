// `npm test -- scenario`: everything that the tests need, then vitest with the arguments given. `--no-install` leaves the system's package
// manager out.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setUpExamplesOrExit } from './examples.mjs'
import { onceNpmHasEnded } from './npm-parent.mjs'
import { root, setupOrExit } from './setup.mjs'
import { buildWebOrWarn } from './web.mjs'

const install = !process.argv.includes('--no-install')
const args = process.argv.slice(2).filter((arg) => arg !== '--no-install')

await setupOrExit()
await setUpExamplesOrExit()
await buildWebOrWarn()
const { findRedis } = await import('../dist/embedded/redis.js')
const { findCommand, installSystemPackage } = await import('../dist/embedded/system-package.js')
const log = { info: (_, message) => console.error(`test: ${message}`), warn: (_, message) => console.error(`test: ${message}`) }

// Once, here, and not by every test file at the same time.
await findRedis({ install, log }).catch(fail)
const chromium = process.env.CHROMIUM_PATH ?? (await findChromium())

const vitest = join(root, 'node_modules/vitest', JSON.parse(readFileSync(join(root, 'node_modules/vitest/package.json'))).bin.vitest)
const child = spawn(process.execPath, [vitest, 'run', ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, NODE_ENV: 'test', ...(chromium && { CHROMIUM_PATH: chromium }) },
})
// The terminal's Ctrl-C reaches the child by itself. A second one from here would make vitest drop its teardown.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
process.on('SIGTERM', () => child.kill('SIGTERM'))
onceNpmHasEnded(() => child.kill('SIGTERM'))
child.on('exit', (code) => process.exit(code ?? 1))

async function findChromium() {
  const find = () => findCommand('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
  const found = find()
  if (found) return found
  const say = (command) => console.error(`test: no Chromium for the tests in a browser, so this is run: ${command}`)
  try {
    if (!install) throw new Error('--no-install was given.')
    await installSystemPackage({ apt: 'chromium', brew: 'chromium' }, say)
  } catch (error) {
    console.error(`test: the tests in a browser are skipped. Set CHROMIUM_PATH to run them. (${error.message.split('\n')[0]})`)
  }
  return find()
}

function fail(error) {
  console.error(`test: ${error.message}`)
  process.exit(1)
}
