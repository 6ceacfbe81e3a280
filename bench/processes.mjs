// The processes of a benchmark: servers that are started for it, and what CPU time they take.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { root } from '../scripts/setup.mjs'

/** Starts a server that says at which URL it serves in a line of JSON. */
export async function serve(file, { node = process.execPath, cwd = root, env }) {
  const child = spawn(node, [file], { cwd, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(child.stdout)) {
    const { url } = JSON.parse(line)
    if (!url) continue
    child.stdout.resume()
    return { url, pid: child.pid, stop: () => new Promise((resolve) => child.once('exit', resolve).kill()) }
  }
  throw new Error(`${file} ended before it served.`)
}

/** The CPU time of processes in milliseconds, user and system, by their ids; without those that are gone. */
export function cpuMs(pids) {
  return new Map(
    pids.flatMap((pid) => {
      try {
        const [user, system] = stat(pid).slice(11, 13).map(Number)
        return [[String(pid), (user + system) * 10]]
      } catch {
        return []
      }
    }),
  )
}

/** How much more it has become. */
export function moreCpuMs(before, after) {
  return [...after].reduce((sum, [pid, ms]) => sum + ms - (before.get(pid) ?? 0), 0)
}

export const parentOf = (pid) => Number(stat(pid)[1])

/** The PostgreSQL server and all its backends. */
export function postgresPids(postmaster) {
  return readdirSync('/proc').filter((pid) => {
    try {
      return pid === String(postmaster) || parentOf(pid) === postmaster
    } catch {
      return false
    }
  })
}

/** What follows the command's name: state, parent, … */
const stat = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
