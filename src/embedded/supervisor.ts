import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** No PG*, no LD_*, no secrets of ours; messages in English, since we read them. */
const serverEnv = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

/**
 * A shell between us and the server reads from a pipe which only we hold open. However we die,
 * SIGKILL included, the kernel closes the pipe, and the shell stops the server by the signal $1.
 * The rest is the server's command. What is left of the shell's process group ends with it.
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

export interface Supervised {
  name: string
  stopSignal: 'INT' | 'TERM' | 'KILL'
  command: string[]
  logFile: string
}

/** Runs a command in a session of its own: the terminal's Ctrl-C reaches us alone. */
export function supervise({ name, stopSignal, command, logFile }: Supervised): ChildProcess {
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

/** The end of a log file, for a message. */
export function tail(file: string, lines = 20): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}
