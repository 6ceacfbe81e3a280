import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { freePort } from './free-port.js'
import { systemCommand } from './system-command.js'

/** Debian's HAProxy before processes that listen at these ports, as docker-compose.yml has it; gives its URL. */
export async function startHaproxy(ports: number[]): Promise<string> {
  const program = await systemCommand('haproxy', 'haproxy')
  const port = await freePort()
  const file = join(mkdtempSync(join(tmpdir(), 'doorstep-haproxy-')), 'haproxy.cfg')
  const servers = ports.map((to, index) => `  server api${index} 127.0.0.1:${to}`).join('\n')
  // The one of docker-compose.yml, but for the address, the names that only Docker's resolver knows, and how often it looks.
  const config = readFileSync(new URL('../../ops/haproxy.cfg', import.meta.url), 'utf8')
    .replace('bind :8080', `bind 127.0.0.1:${port}`)
    .replace(/^ {2}server-template .*$/m, servers)
    .replace(/^resolvers docker\n(?: {2}.*\n)+/m, '')
    .replace('inter 1s', 'inter 200ms')
  writeFileSync(file, config)
  const child = spawn(program, ['-f', file], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  const status = () =>
    fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => 0,
    )
  await expect.poll(status, { timeout: 10_000 }).toBe(200)
  return url
}
