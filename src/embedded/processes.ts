import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Tells a process from others with its pid, earlier or later: pid, start time, and the boot where
 * start times count from it. Undefined where no such process runs.
 */
export function identityOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const { state, startTime } = procStat(pid)
      if (state === 'Z') return undefined
      return `${pid}-${startTime}-${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)}`
    }
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
    return `${pid}-${String(started).trim().replaceAll(/\W+/g, '_')}`
  } catch {
    return undefined
  }
}

function procStat(pid: number | string) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The command, in parentheses, may contain spaces and parentheses. The rest: proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0], group: Number(fields[2]), startTime: fields[19] }
}

/** Whether a process of a group runs. A zombie does not, though it can be signalled. */
export function groupRuns(group: number): boolean {
  try {
    process.kill(-group, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  return readdirSync('/proc').some((pid) => {
    try {
      if (!/^\d+$/.test(pid)) return false
      const stat = procStat(pid)
      return stat.group === group && stat.state !== 'Z'
    } catch {
      return false
    }
  })
}

/** The command line of a process; empty where no such process runs. */
export function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}

export const pidOf = (identity: string): number => Number.parseInt(identity, 10)

export const isAlive = (identity: string): boolean => identityOf(pidOf(identity)) === identity

/** Waits until a group has ended: signals it after 2 s, kills it after 30 s, gives up at 35 s. */
export async function endGroup(leader: string, signal: NodeJS.Signals): Promise<void> {
  const group = pidOf(leader)
  for (let waitedMs = 0; leads(leader) && groupRuns(group); waitedMs += 20) {
    if (waitedMs === 2_000) signalGroup(group, signal)
    if (waitedMs === 30_000) signalGroup(group, 'SIGKILL')
    if (waitedMs === 35_000) throw new Error(`The process group ${group} does not end.`)
    await sleep(20)
  }
}

/** False where the leader's pid is another's: no system gives it away while its group runs. */
const leads = (leader: string) => pidOf(leader) > 1 && (identityOf(pidOf(leader)) ?? leader) === leader

function signalGroup(group: number, signal: NodeJS.Signals) {
  try {
    process.kill(-group, signal)
  } catch {
    // It has ended since we looked.
  }
}
