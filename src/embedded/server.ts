import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { endGroup, groupRuns, identityOf, pidOf } from './processes.js'
import { type Supervised, supervise, tail } from './supervisor.js'

export interface Log {
  info(detail: object, message: string): void
  warn(detail: object, message: string): void
}

export interface EmbeddedOptions {
  dataDir: string
  /** False gives up on surviving a crash of the machine, for speed: for tests. */
  durable: boolean
  install: boolean
  fail(error: Error): void
  log: Log
}

export interface EmbeddedServer {
  url: string
  stop(): Promise<void>
}

export interface ServerSpec {
  name: string
  /** Path and prefix of its files: `<files>.log`, `<files>.pid`. */
  files: string
  /** The command and its arguments for a port. */
  command(port: number): string[]
  stopSignal: Supervised['stopSignal']
  /** What is to be done before each start. */
  prepare?(): void
  /** It has ended, and could not be started again. */
  fail(error: Error): void
  log: Log
}

const READY = /ready to accept connections/i
const PORT_TAKEN = /address already in use/i
/** Without output: PostgreSQL, which may have much WAL to replay, reports every ten seconds. */
const START_TIMEOUT_MS = 60_000

/** How often a server is restarted; after running steadily, counting begins anew. */
const RESTARTS = 6
const STEADY_MS = 60_000

/** Starts a server on a free loopback port; restarts it on that port if it ends by itself. */
export async function startServer(spec: ServerSpec): Promise<{ port: number; stop(): Promise<void> }> {
  const { name, log, fail } = spec
  const stopping = new AbortController()
  const first = await launchSomewhere(spec)
  let server = first.server
  const watching = watch()
  return {
    port: first.port,
    async stop() {
      stopping.abort()
      await server.stop()
      await watching
    },
  }

  async function watch() {
    for (let restarts = 0; ; restarts++) {
      const startedAt = performance.now()
      await server.ended
      if (stopping.signal.aborted) return
      if (performance.now() - startedAt > STEADY_MS) restarts = 0
      if (restarts === RESTARTS) return fail(new Error(`The embedded ${name} ends again and again. ${said(spec)}`))
      log.warn({ restarts, tail: tail(`${spec.files}.log`) }, `The embedded ${name} has ended: starting it again`)
      await sleep(100 * 2 ** restarts, null, { signal: stopping.signal }).catch(() => {})
      if (stopping.signal.aborted) return
      try {
        server = await launch(spec, first.port)
        log.info({ restarts }, `The embedded ${name} runs again`)
      } catch (error) {
        server = neverStarted
        log.warn({ restarts }, (error as Error).message)
      }
      if (stopping.signal.aborted) return server.stop()
    }
  }
}

async function launchSomewhere(spec: ServerSpec) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { port, server: await launch(spec, port) }
    } catch (error) {
      // Another process took the port between our look and the server's.
      if (attempt === 5 || !PORT_TAKEN.test(String(error))) throw error
    }
  }
}

type Launched = { ended: Promise<unknown>; stop(): Promise<void> }

const neverStarted: Launched = { ended: Promise.resolve(), stop: async () => {} }

async function launch(spec: ServerSpec, port: number): Promise<Launched> {
  const { name, files, command, stopSignal, prepare } = spec
  await endLeftover(spec)
  prepare?.()
  const logFile = `${files}.log`
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`)
  const shell = supervise({ name, stopSignal, command: command(port), logFile })
  await once(shell, 'spawn')
  const ended = once(shell, 'exit')
  const leader = identityOf(shell.pid as number) ?? String(shell.pid)
  writeFileSync(`${files}.pid`, leader)
  const stop = async () => {
    hold(shell, 'ref')
    shell.stdin?.end()
    await ended
    // The group can outlive the shell: processes take their time after a signal.
    await endGroup(leader, `SIG${stopSignal}`)
  }
  const read = () => readFileSync(logFile, 'utf8')
  for (let [heard, heardAt] = [read(), performance.now()]; !READY.test(heard); await sleep(20)) {
    const text = read()
    if (text !== heard) [heard, heardAt] = [text, performance.now()]
    else if (hasEnded(shell) || performance.now() - heardAt > START_TIMEOUT_MS) {
      await stop()
      throw new Error(`${name} did not start. ${said(spec)}`)
    }
  }
  hold(shell, 'unref')
  return { ended, stop }
}

/**
 * A run that was killed leaves servers that are shutting down, or, without their shell, run on. We
 * own the data directory, so what is left in the shell's process group is an orphan.
 */
async function endLeftover({ name, files, stopSignal, log }: ServerSpec): Promise<void> {
  const file = `${files}.pid`
  if (!existsSync(file)) return
  const leader = readFileSync(file, 'utf8')
  if (groupRuns(pidOf(leader))) log.info({ group: pidOf(leader) }, `Waiting for what an earlier run left of ${name}`)
  await endGroup(leader, `SIG${stopSignal}`)
  rmSync(file)
}

const said = ({ files }: ServerSpec) => `The end of ${files}.log:\n${tail(`${files}.log`)}`

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** A running server keeps nobody's event loop alive; a stopping one does. */
function hold(shell: ChildProcess, how: 'ref' | 'unref') {
  shell[how]()
  ;(shell.stdin as Socket)[how]()
}

/** Free right now, not reserved: if the server finds it taken, we try another. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve((address as { port: number }).port))
    })
  })
}
