import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { identityOf, isAlive, pidOf } from './processes.js'

/**
 * Makes this process the only owner of a data directory, and gives the release. Each contender
 * first leaves a file with its identity, then looks for others: of two, the later sees the earlier,
 * so never both own it. No name is used twice, so clearing away a dead one can't hit a live one.
 * (With one lock file, two that find it stale can each remove what the other has just written.)
 */
export async function claim(dataDir: string): Promise<() => void> {
  const owners = ownersOf(dataDir)
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
    // Two that start at one instant may both step back: tries at random times let one in.
    if (other === self || attempt === 5) {
      throw new Error(
        `${dataDir} is in use by another Doorstep (process ${pidOf(other)}). ` +
          'Stop it, or give this one its own data directory with DATA_DIR.',
      )
    }
    await sleep(20 + Math.random() * 80)
  }
}

/** Whether a process that lives owns a data directory: one that was killed leaves its file. */
export function isOwned(dataDir: string): boolean {
  const owners = ownersOf(dataDir)
  return existsSync(owners) && readdirSync(owners).some(isAlive)
}

const ownersOf = (dataDir: string) => join(dataDir, 'owner')

function enter(file: string): boolean {
  try {
    writeFileSync(file, '', { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
