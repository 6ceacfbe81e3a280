import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  return serve(program, file, `http://127.0.0.1:${port}`)
}

/**
 * HAProxy with ops/haproxy.cfg as it stands, and in the place of Docker's resolver, at its address, Debian's dnsmasq, which knows so many
 * addresses of `api`: for root, where port 8080 is free.
 */
export async function startComposeProxy(addresses: string[]): Promise<{ url: string; scale(addresses: string[]): void }> {
  const [haproxy, dnsmasq] = [await systemCommand('haproxy', 'haproxy'), await systemCommand('dnsmasq', 'dnsmasq-base')]
  const hosts = join(mkdtempSync(join(tmpdir(), 'doorstep-haproxy-')), 'hosts')
  const write = (known: string[]) => writeFileSync(hosts, known.map((address) => `${address} api\n`).join(''))
  write(addresses)
  const only = ['--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--bind-interfaces', '--user=root', '--pid-file']
  const resolver = spawn(dnsmasq, ['--keep-in-foreground', ...only, '--listen-address=127.0.0.11', `--addn-hosts=${hosts}`], {
    stdio: 'inherit',
  })
  onTestFinished(() => void resolver.kill('SIGKILL'))
  const file = fileURLToPath(new URL('../../ops/haproxy.cfg', import.meta.url))
  return {
    url: await serve(haproxy, file, 'http://127.0.0.1:8080'),
    scale(known) {
      write(known)
      resolver.kill('SIGHUP')
    },
  }
}

async function serve(program: string, file: string, url: string): Promise<string> {
  const child = spawn(program, ['-f', file], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const status = () =>
    fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => 0,
    )
  await expect.poll(status, { timeout: 20_000 }).toBe(200)
  return url
}
