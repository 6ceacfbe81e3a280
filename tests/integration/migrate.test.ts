import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../src/database/migrate.js'
import { checkSchema } from '../../src/database/schema-version.js'
import { type Embedded, startEmbedded } from '../../src/embedded/embedded.js'
import { query } from '../support/query.js'

const place = mkdtempSync(join(tmpdir(), 'doorstep-migrate-'))
const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
let embedded: Embedded

beforeAll(async () => {
  const log = { info() {}, warn() {} }
  embedded = await startEmbedded({ dataDir: join(place, 'data'), postgres: true, redis: false, durable: false, log })
}, 60_000)

afterAll(async () => {
  await embedded?.stop()
  rmSync(place, { recursive: true, force: true })
})

async function makeDatabase(name: string): Promise<string> {
  const url = embedded.databaseUrl as string
  await query(url, `CREATE DATABASE ${name}`)
  return url.replace(/[^/]+$/, name)
}

function makeMigrations(name: string, scripts: Record<string, string>): string {
  const directory = join(place, name)
  for (const [migration, sql] of Object.entries(scripts)) {
    mkdirSync(join(directory, migration), { recursive: true })
    writeFileSync(join(directory, migration, 'migration.sql'), sql)
  }
  writeFileSync(join(directory, 'migration_lock.toml'), 'provider = "postgresql"\n')
  return directory
}

/** What `prisma migrate diff` says of migrations against a schema; empty where they agree. */
async function drift(schemaFile: string): Promise<string> {
  const args = ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', schemaFile, '--exit-code']
  const env = { ...process.env, DATABASE_URL: embedded.databaseUrl, NO_COLOR: '1' }
  try {
    await promisify(execFile)(process.execPath, [inRoot('scripts/prisma.mjs'), ...args], { env })
    return ''
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    // 2 says that there is a difference; all else is a failure.
    if (code !== 2) throw new Error(stderr, { cause: error })
    return stdout
  }
}

test('three at once on an empty database apply each migration once, and a later run none', async () => {
  const url = await makeDatabase('three_at_once')
  const runs = await Promise.all([migrate(url), migrate(url), migrate(url)])
  const recorded = await query(url, 'SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1')

  expect(recorded.length).toBeGreaterThan(0)
  expect(runs.flatMap((run) => run.applied).sort()).toEqual(recorded.map((row) => row.name))
  expect(await migrate(url)).toEqual({ applied: [] })
})

test('a script is sent whole: semicolons in comments, strings and bodies divide nothing', async () => {
  const url = await makeDatabase('semicolons')
  const script = `
    -- a comment; with a semicolon
    CREATE FUNCTION two() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'one; two'; END $$;
    CREATE TABLE said AS SELECT two() AS words;`
  await migrate(url, { directory: makeMigrations('semicolons', { '0001_semicolons': script }) })
  expect(await query(url, 'SELECT words FROM said')).toEqual([{ words: 'one; two' }])
})

test('a failing migration is told by name and SQL error, and leaves nothing half done', async () => {
  const url = await makeDatabase('failing')
  const directory = makeMigrations('failing', {
    '0001_good': 'CREATE TABLE good ();',
    '0002_bad': 'CREATE TABLE half (); ALTER TABLE missing ADD COLUMN colour text;',
  })
  const failure = 'The database could not be migrated. 0002_bad: relation "missing" does not exist (42P01)'
  await expect(migrate(url, { directory })).rejects.toThrow(failure)
  expect(await query(url, "SELECT to_regclass('good') AS good, to_regclass('half') AS half")).toEqual([{ good: 'good', half: null }])
  // It may be tried again, with the same end until its cause is gone.
  await expect(migrate(url, { directory })).rejects.toThrow(failure)
  await query(url, 'CREATE TABLE missing ()')
  expect(await migrate(url, { directory })).toEqual({ applied: ['0002_bad'] })
})

test('a migration that has to wait for a lock gives up after its time, and can be tried again', async () => {
  const url = await makeDatabase('locked')
  const first = { '0001_table': 'CREATE TABLE busy (id int);' }
  await migrate(url, { directory: makeMigrations('locked', first) })
  const holder = new pg.Client({ connectionString: url })
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE busy IN ACCESS SHARE MODE')
  const directory = makeMigrations('locked', { ...first, '0002_column': 'ALTER TABLE busy ADD COLUMN colour text;' })
  await expect(migrate(url, { directory, lockTimeoutMs: 200 })).rejects.toThrow(/0002_column: .*lock timeout \(55P03\)/)
  await holder.query('COMMIT')
  await holder.end()
  expect(await migrate(url, { directory, lockTimeoutMs: 200 })).toEqual({ applied: ['0002_column'] })
})

test('a process that serves wants the migrations it was made with, and minds no other, failed ones neither', async () => {
  const url = await makeDatabase('served')
  const known = { '0001_one': 'CREATE TABLE one ();', '0002_two': 'CREATE TABLE two ();' }
  const directory = makeMigrations('served', known)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  await expect(checkSchema(client, directory)).rejects.toThrow(
    'lacks the migrations 0001_one, 0002_two. Run one process with ROLE=migrate first.',
  )
  await migrate(url, { directory: makeMigrations('served-half', { '0001_one': known['0001_one'] }) })
  await expect(checkSchema(client, directory)).rejects.toThrow('lacks the migrations 0002_two.')
  const newer = makeMigrations('served-newer', { ...known, '0003_new': 'CREATE TABLE three ();', '0004_bad': 'NOT SQL;' })
  await expect(migrate(url, { directory: newer })).rejects.toThrow('0004_bad')
  await checkSchema(client, directory)
  await expect(checkSchema(client, newer)).rejects.toThrow('lacks the migrations 0004_bad.')
})

// Mutation check: red without checkVersion() in migrate.ts: it is migrated.
test('a PostgreSQL that is too old is told so, with both versions, and nothing is done to it', async () => {
  const url = await makeDatabase('old')
  await query(
    url,
    `CREATE SCHEMA old;
    CREATE FUNCTION old.current_setting(name text) RETURNS text IMMUTABLE
      RETURN CASE name WHEN 'server_version_num' THEN '150009' ELSE '15.9 (Debian 15.9-1)' END;
    ALTER DATABASE old SET search_path = old, pg_catalog, public`,
  )
  await expect(migrate(url)).rejects.toThrow('needs PostgreSQL 16 or newer; the one at DATABASE_URL is 15.9 (Debian 15.9-1).')
  expect(await query(url, "SELECT to_regclass('public._prisma_migrations') AS migrations")).toEqual([{ migrations: null }])
})

test('schema.prisma and the migrations agree', async () => {
  expect(await drift(inRoot('prisma/schema.prisma'))).toBe('')
}, 30_000)

test('and where they do not, the check says so', async () => {
  const altered = join(place, 'altered.prisma')
  const schema = readFileSync(inRoot('prisma/schema.prisma'), 'utf8')
  writeFileSync(altered, schema.replace('@@index([nextCloseAt])', '').replace(/^ {2}memo .*$/m, '  memo String'))

  const difference = await drift(altered)
  expect(difference).toMatch(/member.*next_close_at/s)
  expect(difference).toMatch(/memo/)
}, 30_000)
