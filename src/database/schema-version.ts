import type pg from 'pg'
import { Prisma } from '../generated/prisma/client.js'
import type { Queryable } from './database.js'
import { migrationNames, migrationsDirectory } from './migrate.js'

const isApplied = 'finished_at IS NOT NULL AND rolled_back_at IS NULL'

/**
 * Throws where the database lacks a migration of this program. One that has more is accepted, even
 * where a newer migration failed: a newer schema fits the version before (docs/operating.md).
 */
export async function checkSchema(client: pg.Client, directory = migrationsDirectory): Promise<void> {
  const applied = new Set(await appliedMigrations(client))
  const missing = migrationNames(directory).filter((name) => !applied.has(name))
  if (missing.length > 0)
    throw new Error(`The database lacks the migrations ${missing.join(', ')}. Run one process with ROLE=migrate first.`)
}

async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ found: boolean }>("SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found")
  if (!tables[0]?.found) return []
  const { rows } = await client.query<{ name: string }>(`SELECT migration_name AS name FROM _prisma_migrations WHERE ${isApplied}`)
  return rows.map(({ name }) => name)
}

const numberOf = (name: string | undefined) => Number.parseInt(name ?? '0', 10)

/** The number of the last migration that this program was made with. */
export const newestMigration = numberOf(migrationNames(migrationsDirectory).at(-1))

export async function readSchemaVersion(db: Queryable): Promise<number> {
  const [row] = await db.$queryRaw<{ name: string | null }[]>`
    SELECT max(migration_name) AS name FROM _prisma_migrations WHERE ${Prisma.raw(isApplied)}`
  return numberOf(row?.name ?? undefined)
}
