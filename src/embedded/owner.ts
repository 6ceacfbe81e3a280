import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Tells a process from any other that had its pid before or will have it later: pid and start time (and boot, where
 * start times count from it). Undefined where no such process runs.
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
  // The command, in parentheses, may hold spaces and parentheses itself. See proc(5) for what comes after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0], group: Number(fields[2]), startTime: fields[19] }
}

/** Whether anything of a process group still runs. A zombie does not, though it can be signalled. */
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

/**
 * Makes this process the only owner of a data directory, and answers with the release.
 *
 * Each contender first leaves a file with its own identity, then looks for others. Of two, the later one must see the
 * earlier, so never both own it; and as no name is used twice, clearing away a dead one cannot hit a live one.
 * (With a single lock file, two that find it stale can each remove what the other has just written.)
 */
export async function claim(dataDir: string): Promise<() => void> {
  const owners = join(dataDir, 'owner')
  mkdirSync(owners, { recursive: true, mode: 0o700 })
  const self = identityOf(process.pid) ?? String(process.pid)
  const mine = join(owners, self)

  for (let attempt = 1; ; attempt++) {
    let other = enter(mine) ? undefined : self
    if (!other) {
      other = readdirSync(owners).find((name) => name !== self && (isAlive(name) || void rmSync(join(owners, name), { force: true })))
      if (!other) return () => rmSync(mine, { force: true })
      rmSync(mine)
    }
    // Two that start in the same instant may both step back: a few tries apart from each other let one of them in.
    if (other === self || attempt === 5) {
      throw new Error(
        `${dataDir} is in use by another Doorstep (process ${pidOf(other)}). ` +
          'Stop it, or give this one its own data directory with DATA_DIR.',
      )
    }
    await sleep(20 + Math.random() * 80)
  }
}

function enter(file: string): boolean {
  try {
    writeFileSync(file, '', { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
