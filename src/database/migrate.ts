import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, type DriverAdapterError } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

export const migrationsDirectory = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))

/**
 * Applies prisma/migrations, by Prisma's schema engine in WebAssembly (ADR 5). `databaseUrl` must
 * not lead through PgBouncer in transaction mode. `lockTimeoutMs`: how long a statement may wait
 * for a lock, 0 for ever: while one waits for a table, everybody else waits behind it.
 */
export async function migrate(
  databaseUrl: string,
  { directory = migrationsDirectory, lockTimeoutMs = 0 }: { directory?: string; lockTimeoutMs?: number } = {},
): Promise<{ applied: string[] }> {
  const lock = new pg.Client({ connectionString: databaseUrl, application_name: 'doorstep migrate' })
  await lock.connect()
  try {
    await checkVersion(lock)
    // The engine's own lock gives up after 10 s: a start during a long migration would fail.
    await lock.query("SELECT pg_advisory_lock(hashtext('doorstep migrate'))")
    await forgetFailed(lock)
    return { applied: await apply(databaseUrl, directory, lockTimeoutMs) }
  } finally {
    await lock.end()
  }
}

/** The oldest major version that was tried. Nothing that we use needs a newer one. */
const oldest = 16

/** An older version would fail at the first statement that it does not know. */
async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; name: string }>(
    "SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name",
  )
  const [{ number, name } = { number: '', name: 'unknown' }] = rows
  if (Number(number) < oldest * 10_000) throw new Error(`Doorstep needs PostgreSQL ${oldest} or newer; the one at DATABASE_URL is ${name}.`)
}

/**
 * A script runs as one transaction, so that a failed one left nothing and may run again. The
 * engine can't know that, and would wait for somebody to resolve it by hand.
 */
async function forgetFailed(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found")
  if (!rows[0]?.found) return
  await client.query('UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL')
}

async function apply(databaseUrl: string, directory: string, lockTimeoutMs: number): Promise<string[]> {
  await loadEngine()
  const connection = await connect(databaseUrl, lockTimeoutMs)
  try {
    const engine = await wasm.SchemaEngine.new({ datamodels: undefined }, () => {}, connection.factory)
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: listMigrations(directory),
      filters: { externalTables: [], externalEnums: [] },
    })
    return appliedMigrationNames
  } catch (error) {
    const message = readable((error as Error).message, connection.sqlError())
    throw new Error(`The database could not be migrated. ${message}`, { cause: error })
  } finally {
    // The engine does not close it, and its lock lasts as long as its connection.
    await connection.close()
  }
}

/** The engine's errors carry the trace of its Rust code, and of the SQL error only the kind. */
function readable(message: string, sqlError: SqlError | undefined): string {
  const name = /migration_name="(.+?)"/.exec(message)?.[1]
  if (name && sqlError) return `${name}: ${sqlError.originalMessage} (${sqlError.originalCode})`
  return message.split(/\n\s+0: /)[0] as string
}

type SqlError = DriverAdapterError['cause']

async function connect(databaseUrl: string, lockTimeoutMs: number) {
  const prisma = new PrismaPg({ connectionString: databaseUrl, max: 1, lock_timeout: lockTimeoutMs })
  const adapter = await prisma.connect()
  let sqlError: SqlError | undefined
  // PrismaPg's own splits the script at every semicolon, in comments and strings too. Sent whole
  // and without parameters, it is parsed by PostgreSQL and runs as one transaction.
  adapter.executeScript = async (sql) => {
    try {
      await adapter.executeRaw({ sql, args: [], argTypes: [] })
    } catch (error) {
      sqlError = (error as DriverAdapterError).cause
      throw error
    }
  }
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: prisma.provider,
    adapterName: prisma.adapterName,
    connect: async () => adapter,
    connectToShadowDb: () => prisma.connectToShadowDb(),
  })
  return { factory, sqlError: () => sqlError, close: () => adapter.dispose() }
}

// Of the DOM's types, which this program does not include.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
}

let engineLoaded: Promise<void> | undefined

function loadEngine() {
  engineLoaded ??= (async () => {
    const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
    const bytes = readFileSync(entry.replace(/\.js$/, '.wasm'))
    // The engine never clears its time-outs: they must not keep a finished process alive.
    const imports = Object.entries(wasm).map(([name, value]) => [name, name.startsWith('__wbg_setTimeout_') ? timeout : value])
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': Object.fromEntries(imports) })
    wasm.__wbg_set_wasm(instance.exports)
    instance.exports.__wbindgen_start()
  })()
  return engineLoaded
}

const timeout = (callback: () => void, ms: number) => setTimeout(callback, ms).unref()

function listMigrations(directory: string) {
  const read = (path: string) => readFileSync(join(directory, path), 'utf8')
  return {
    baseDir: directory,
    lockfile: { path: 'migration_lock.toml', content: read('migration_lock.toml') },
    shadowDbInitScript: '',
    migrationDirectories: migrationNames(directory).map((name) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: read(join(name, 'migration.sql')) } },
    })),
  }
}

export const migrationNames = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
