import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { freePort } from './free-port.js'
import { query } from './query.js'
import { systemCommand } from './system-command.js'

/** Debian's PgBouncer in transaction mode before a database, with so many connections to it; gives the URL that leads through it. */
export async function startPgBouncer(databaseUrl: string, { poolSize }: { poolSize: number }): Promise<string> {
  const program = await systemCommand('pgbouncer', 'pgbouncer')
  const [target, port] = [new URL(databaseUrl), await freePort()]
  const directory = mkdtempSync(join(tmpdir(), 'doorstep-pgbouncer-'))
  const where = `host=${target.hostname} port=${target.port} dbname=${target.pathname.slice(1)}`
  writeFileSync(
    join(directory, 'pgbouncer.ini'),
    `[databases]
doorstep = ${where} user=${target.username} password=${target.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
`,
    { mode: 0o644 },
  )
  // It does not run as root, and whom it becomes instead has to read the file.
  const isRoot = process.getuid?.() === 0
  chmodSync(directory, 0o755)
  const child = spawn(program, [...(isRoot ? ['-u', 'nobody'] : []), join(directory, 'pgbouncer.ini')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const url = `postgresql://${target.username}@127.0.0.1:${port}/doorstep`
  await expect
    .poll(
      () =>
        query(url, 'SELECT 1').then(
          () => 'up',
          () => said,
        ),
      { timeout: 10_000 },
    )
    .toBe('up')
  return url
}
