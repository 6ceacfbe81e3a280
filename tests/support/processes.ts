import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import type { AppConfig } from '../../src/config.js'
import type { Queryable } from '../../src/database/database.js'
import type { JobStats } from '../../src/jobs/job.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles the program where that is stale. */
export async function compile() {
  await promisify(execFile)(process.execPath, ['-e', "import('./scripts/setup.mjs').then(({ setup }) => setup())"], { cwd: root })
}

export type ApiProcess = {
  url: string
  /** What it has logged. */
  messages: string[]
  kill(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void
  /** The code that it ends with. */
  ended: Promise<number | null>
  /** What it logged of faults of ours. */
  faults: string[]
  /** What it wrote on stderr. */
  errors: string[]
  hasEnded(): boolean
  stop(): Promise<void>
}

type Program = {
  directory?: string
  nodeOptions?: string[]
  /** Where it listens; left out: at any free port. */
  port?: number
  /** What its environment has beside the configuration. */
  environment?: Record<string, string>
  /** What it writes on stderr, also where it never serves. */
  errors?: string[]
}

/** The program in a process of its own, with the configuration of a test's app, or with embedded servers where that has no URLs. */
export async function startProcess(
  config: Partial<AppConfig>,
  { directory = root, nodeOptions = [], port = 0, environment = {}, errors = [] }: Program = {},
): Promise<ApiProcess> {
  const written = (value: unknown) => (Array.isArray(value) || typeof value !== 'object' ? String(value) : JSON.stringify(value))
  const settings = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, written(value)]))
  const child = spawn(process.execPath, [...nodeOptions, 'dist/main.js'], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      ...environment,
      ...settings,
      PORT: String(port),
      LOG_LEVEL: 'info',
      ACCESS_LOG_SAMPLE: '0',
      ACCESS_TOKEN_TTL_SECONDS: '900',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const messages: string[] = []
  const faults: string[] = []
  child.stderr.on('data', (chunk) => {
    errors.push(String(chunk))
    process.stderr.write(chunk)
  })
  const url = await new Promise<string>((resolve, reject) => {
    const output = createInterface(child.stdout)
    output.on('line', (line) => {
      const { url, msg, level } = JSON.parse(line) as { url?: string; msg: string; level: string }
      messages.push(msg)
      if (url) resolve(url)
      if (level === 'error' || level === 'fatal') faults.push(line)
    })
    output.once('close', () => reject(new Error('An API process ended before it served.')))
  })
  return {
    url,
    messages,
    kill: (signal) => void child.kill(signal),
    ended,
    faults,
    errors,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      child.kill()
      await ended
    },
  }
}

export type JobProcess = {
  kill(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void
  /** What its run did; null where it was killed. */
  ended: Promise<JobStats | null>
}

const applicationName = 'job-process'

/** One run of a job in a process of its own, which does not outlive its test, under a mutex that lives so long without being extended. */
export function startJob(config: AppConfig, name: string, options: { ttlMs: number; instant?: string }): JobProcess {
  const databaseUrl = new URL(config.DATABASE_URL)
  databaseUrl.searchParams.set('application_name', applicationName)
  const what = { databaseUrl, redisUrl: config.REDIS_URL, name, ...options }
  const child = spawn(process.execPath, ['tests/support/job-process.mjs', JSON.stringify(what)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    kill: (signal) => void child.kill(signal),
    ended: text(child.stdout).then((printed) => (printed === '' ? null : JSON.parse(printed))),
  }
}

/** How many connections PostgreSQL still has from such processes. */
export async function jobProcessConnections({ database }: { database: Queryable }): Promise<number> {
  const [row] = await database.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name = ${applicationName}`
  return row?.count ?? 0
}
