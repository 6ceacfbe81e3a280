// The load: wrk.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const { findCommand, installSystemPackage } = await import('../dist/embedded/system-package.js')

const say = (command) => console.error(`bench: no wrk, which makes the load, so this is run: ${command}`)
if (!findCommand('wrk')) await installSystemPackage({ apt: 'wrk', brew: 'wrk' }, say)
const script = fileURLToPath(new URL('requests.lua', import.meta.url))

/** Writes requests for wrk: each with an access token and a body. */
export async function writeRequests(file, requests) {
  await writeFile(file, requests.map(({ token, body }) => `${token}\t${JSON.stringify(body)}\n`).join(''))
  return file
}

/**
 * Sends the requests of a file in turn for some seconds. Throws where one of them fails; whether an answer has errors is
 * looked at only with `check`, since that takes time.
 */
export async function load({ url, file, connections, seconds, timeoutSeconds = 10, check = false }) {
  const options = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    `${timeoutSeconds}s`,
    '-s',
    script,
    url,
    '--',
    file,
    ...(check ? ['check'] : []),
  ]
  const { stdout } = await promisify(execFile)('wrk', options)
  const { requests, microseconds, failures, p50, p99 } = JSON.parse(stdout.split('\n').findLast((line) => line.startsWith('{')))
  if (failures > 0) throw new Error(`${failures} requests failed:\n${stdout}`)
  return { perSecond: requests / (microseconds / 1e6), p50Ms: p50 / 1_000, p99Ms: p99 / 1_000 }
}
