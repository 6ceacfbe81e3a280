import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { groupRuns, identityOf, isAlive, pidOf } from './owner.js'

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

interface ServerSpec {
  name: string
  /** Path and prefix of its files: `<files>.log`, `<files>.pid`. */
  files: string
  /** The command and its arguments for a port. */
  command(port: number): string[]
  stopSignal: 'INT' | 'TERM'
  /** What is to be done before each start. */
  prepare?(): void
  /** It has ended, and could not be started again. */
  fail(error: Error): void
  log: Log
}

/** No PG*, no LD_*, no secrets of ours; messages in English, since we read them. */
const serverEnv = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

/**
 * Between us and the server stands a shell that reads from a pipe which only we hold open. However we die, SIGKILL
 * included, the kernel closes the pipe, and the shell stops the server.
 * $1 is the signal that stops it, the rest its command. Whatever is left of the shell's process group ends with it.
 */
const supervisor = `
signal=$1; shift; exec 3<&0
"$@" </dev/null 3<&- & server=$!
( read -r _
  for s in $signal QUIT KILL; do
    kill -s $s $server; n=0
    while [ $n -lt 100 ] && kill -0 $server; do sleep 0.1; n=$((n+1)); done
  done ) <&3 >/dev/null 2>&1 &
exec 3<&-
trap 'kill -s $signal $server' TERM INT HUP
wait $server; code=$?
while kill -0 $server 2>/dev/null; do wait $server; code=$?; done
trap '' TERM; kill -s TERM 0; wait; exit $code`

interface Supervised {
  name: string
  stopSignal: 'INT' | 'TERM' | 'KILL'
  command: string[]
  logFile: string
}

/** Runs a command under the supervisor, in a session of its own: the terminal's Ctrl-C is for us alone. */
function supervise({ name, stopSignal, command, logFile }: Supervised): ChildProcess {
  const output = openSync(logFile, 'w', 0o600)
  const shell = spawn('/bin/sh', ['-c', supervisor, `doorstep-${name}`, stopSignal, ...command], {
    cwd: '/',
    env: serverEnv,
    detached: true,
    stdio: ['pipe', output, output],
  })
  closeSync(output)
  shell.stdin?.on('error', () => {})
  return shell
}

/** Runs a command that ends by itself. */
export async function runSupervised(options: Supervised): Promise<void> {
  const [code] = await once(supervise(options), 'exit')
  if (code !== 0) throw new Error(`${options.name} failed. The end of ${options.logFile}:\n${tail(options.logFile)}`)
}

const READY = /ready to accept connections/i
const PORT_TAKEN = /address already in use/i
const START_TIMEOUT_SECONDS = 60

/** So often a server is started again; one that has run for so long begins anew. */
const RESTARTS = 6
const STEADY_MS = 60_000

/** Starts a server on a free port of the loopback address; where it ends by itself, starts it again, on the same port. */
export async function startServer(spec: ServerSpec): Promise<{ port: number; stop(): Promise<void> }> {
  await stopLeftover(spec)
  const { port, server: first } = await launchSomewhere(spec)
  let server = first
  let isStopping = false
  const watching = watch()
  return {
    port,
    async stop() {
      isStopping = true
      await server.stop()
      await watching
    },
  }

  async function watch() {
    for (let restarts = 0, startedAt = performance.now(); ; ) {
      await server.ended
      if (isStopping) return
      if (performance.now() - startedAt > STEADY_MS) restarts = 0
      const { name, log, fail } = spec
      log.warn({ tail: tail(`${spec.files}.log`) }, `The embedded ${name} has ended: starting it again`)
      for (;;) {
        if (restarts === RESTARTS) return fail(new Error(`The embedded ${name} ends again and again. ${said(spec)}`))
        await sleep(100 * 2 ** restarts++)
        if (isStopping) return
        try {
          await stopLeftover(spec)
          server = await launch(spec, port)
          break
        } catch (error) {
          log.warn({ restarts }, (error as Error).message)
        }
      }
      startedAt = performance.now()
      if (isStopping) return server.stop()
      log.info({ restarts }, `The embedded ${name} runs again`)
    }
  }
}

async function launchSomewhere(spec: ServerSpec) {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { port, server: await launch(spec, port) }
    } catch (error) {
      // Somebody else took the port between our look and the server's.
      if (attempt === 5 || !PORT_TAKEN.test(String(error))) throw error
    }
  }
}

type Launched = { ended: Promise<unknown>; stop(): Promise<void> }

async function launch(spec: ServerSpec, port: number): Promise<Launched> {
  const { name, files, command, stopSignal, prepare } = spec
  prepare?.()
  const logFile = `${files}.log`
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`)
  const shell = supervise({ name, stopSignal, command: command(port), logFile })
  await once(shell, 'spawn')
  const ended = once(shell, 'exit')
  writeFileSync(`${files}.pid`, identityOf(shell.pid as number) ?? String(shell.pid))
  const stop = async () => {
    hold(shell, 'ref')
    shell.stdin?.end()
    await ended
    // The shell's end is not that of all its group: what it has sent a signal to may take its time.
    await stopLeftover(spec)
  }
  for (let waitedMs = 0; !READY.test(readFileSync(logFile, 'utf8')); waitedMs += 20) {
    if (hasEnded(shell) || waitedMs > START_TIMEOUT_SECONDS * 1000) {
      await stop()
      throw new Error(`${name} did not start. ${said(spec)}`)
    }
    await sleep(20)
  }
  hold(shell, 'unref')
  return { ended, stop }
}

const said = ({ files }: ServerSpec) => `The end of ${files}.log:\n${tail(`${files}.log`)}`

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** A running server keeps nobody's event loop alive; a stopping one does. */
function hold(shell: ChildProcess, how: 'ref' | 'unref') {
  shell[how]()
  ;(shell.stdin as unknown as { ref(): void; unref(): void })[how]()
}

/**
 * Waits until nothing of a shell's process group runs, and ends what doesn't end by itself. A run that was killed leaves servers
 * that are still shutting down, or, if their shell was killed too, that run on: we own the data directory, so they are orphans.
 */
async function stopLeftover({ name, files, stopSignal, log }: ServerSpec): Promise<void> {
  if (!existsSync(`${files}.pid`)) return
  const leader = readFileSync(`${files}.pid`, 'utf8')
  const group = pidOf(leader)
  const reused = () => identityOf(group) !== undefined && !isAlive(leader)
  const runs = () => group > 1 && !reused() && groupRuns(group)
  for (let waitedMs = 0; runs(); waitedMs += 20) {
    if (waitedMs === 500) log.info({ pid: group }, `Stopping what is left of ${name}`)
    if (waitedMs === 2_000) process.kill(-group, `SIG${stopSignal}`)
    if (waitedMs === 30_000) process.kill(-group, 'SIGKILL')
    if (waitedMs === 35_000) throw new Error(`${name} (process group ${group}) does not stop.`)
    await sleep(20)
  }
  rmSync(`${files}.pid`, { force: true })
}

/** A port nobody listens on right now. Nothing reserves it: the server may find it taken, and then we try another. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve((address as { port: number }).port))
    })
  })
}

function tail(file: string, lines = 20): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}

/** The secret kept in a file; made at the first time, for URLs without escapes. */
export function secret(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}
