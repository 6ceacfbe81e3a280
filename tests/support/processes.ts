import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { AppConfig } from '../../src/app.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles the program where that is stale. */
export async function compile() {
  await promisify(execFile)(process.execPath, ['-e', "import('./scripts/setup.mjs').then(({ setup }) => setup())"], { cwd: root })
}

export type ApiProcess = { url: string; stop(): Promise<void> }

/** An API in a process of its own, with the configuration of a test's app. */
export async function startProcess(config: AppConfig): Promise<ApiProcess> {
  const written = (value: unknown) => (Array.isArray(value) || typeof value !== 'object' ? String(value) : JSON.stringify(value))
  const settings = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, written(value)]))
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: root,
    env: { PATH: process.env.PATH, ...settings, ROLE: 'api', PORT: '0', LOG_LEVEL: 'info', ACCESS_TOKEN_TTL_SECONDS: '900' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    const output = createInterface(child.stdout)
    output.on('line', (line) => {
      const { url } = JSON.parse(line) as { url?: string }
      if (url) resolve(url)
    })
    output.once('close', () => reject(new Error('An API process ended before it served.')))
  })
  return {
    url,
    async stop() {
      child.kill()
      await ended
    },
  }
}
