import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { migrationNames, migrationsDirectory } from '../../src/database/migrate.js'
import { admin, databaseNamed } from '../support/servers.js'

type Table = { name: string; file: number }

/** Of the tables that there are, the file that each stands in: another one afterwards means that it was rewritten. */
const tables = async (client: pg.Client) =>
  (
    await client.query<Table>(
      "SELECT relname AS name, relfilenode::int AS file FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
    )
  ).rows

const heldLocks = `
  SELECT relname AS name, bool_or(mode = 'AccessExclusiveLock') AS "fromReaders"
  FROM pg_locks JOIN pg_class ON pg_class.oid = relation
  WHERE pid = pg_backend_pid() AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  GROUP BY relname ORDER BY relname`

/** What a migration keeps from others until it commits, of tables that were there before: asked of PostgreSQL, which has run it. */
async function locksOf(client: pg.Client, script: string): Promise<{ readers: string; writers: string; rewritten: string }> {
  await client.query('BEGIN')
  const before = await tables(client)
  await client.query(script)
  const { rows: locks } = await client.query<{ name: string; fromReaders: boolean }>(heldLocks)
  const after = new Map((await tables(client)).map(({ name, file }) => [name, file]))
  await client.query('COMMIT')
  const old = new Set(before.map(({ name }) => name))
  const listed = (names: string[]) => names.join(', ') || '–'
  return {
    readers: listed(locks.filter(({ name, fromReaders }) => old.has(name) && fromReaders).map(({ name }) => name)),
    writers: listed(locks.filter(({ name, fromReaders }) => old.has(name) && !fromReaders).map(({ name }) => name)),
    rewritten: listed(before.filter(({ name, file }) => after.has(name) && after.get(name) !== file).map(({ name }) => name)),
  }
}

// Mutation check: red with a migration that adds a column with a volatile default to member.
test('docs/operating.md says which tables each migration locks and rewrites', async () => {
  const name = `locks_${randomUUID().replaceAll('-', '')}`
  await admin(inject('databaseUrl'), `CREATE DATABASE ${name}`)
  const client = new pg.Client({ connectionString: databaseNamed(inject('databaseUrl'), name) })
  await client.connect()
  onTestFinished(async () => {
    await client.end()
    await admin(inject('databaseUrl'), `DROP DATABASE ${name}`)
  })
  const found: string[] = []
  for (const migration of migrationNames(migrationsDirectory)) {
    const script = readFileSync(join(migrationsDirectory, migration, 'migration.sql'), 'utf8')
    const { readers, writers, rewritten } = await locksOf(client, script)
    found.push(`| \`${migration}\` | ${readers} | ${writers} | ${rewritten} |`)
  }
  const text = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
  expect(text.match(/^\| `\d{4}_\w+` \|.*$/gm) ?? []).toEqual(found)
})
