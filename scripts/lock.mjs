import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs the work while no other process runs any under the same directory; waits for one that does.
 *
 * Each contender first leaves a file with its own name, then looks for others: of two, the later one must see the earlier.
 * No name is used twice, so clearing away a dead one cannot hit a live one. (src/embedded/claim.ts does the same for
 * a data directory; this one has to work before anything is compiled.)
 */
export async function withLock(directory, work, onWait = () => {}) {
  mkdirSync(directory, { recursive: true })
  const self = nameOf(process.pid)
  const mine = join(directory, self)
  const release = () => rmSync(mine, { force: true })

  for (let waits = 0; ; waits++) {
    writeFileSync(mine, '')
    const other = readdirSync(directory).find((name) => name !== self && !removeDead(join(directory, name), name))
    if (!other) break
    release()
    if (waits === 0) onWait(Number.parseInt(other, 10))
    await sleep(50 + Math.random() * 150)
  }
  try {
    return await work()
  } finally {
    release()
  }
}

function removeDead(file, name) {
  if (nameOf(Number.parseInt(name, 10)) === name) return false
  rmSync(file, { force: true })
  return true
}

/** Pid and, where it is cheap to learn, start time: a pid is used again. Undefined where no such process runs. */
function nameOf(pid) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code !== 'EPERM') return undefined
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return `${pid}-${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return String(pid)
  }
}
