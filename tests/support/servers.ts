import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/database/migrate.js'
import { startEmbedded } from '../../src/embedded/embedded.js'
import { createLog } from '../../src/log.js'
import { query } from './query.js'

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string
    redisUrl: string
  }
}

export const templateDatabase = 'doorstep_template'

/** One PostgreSQL and one Redis for all tests, with a migrated database that each app clones. */
export default async function servers(project: TestProject) {
  const dataDir = await mkdtemp(join(tmpdir(), 'doorstep-tests-'))
  const embedded = await startEmbedded({ dataDir, postgres: true, redis: true, durable: false, log: createLog('warn') })
  const databaseUrl = embedded.databaseUrl as string
  await admin(databaseUrl, `CREATE DATABASE ${templateDatabase}`)
  await migrate(databaseNamed(databaseUrl, templateDatabase))
  project.provide('databaseUrl', databaseUrl)
  project.provide('redisUrl', embedded.redisUrl as string)
  return async () => {
    await embedded.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Runs a statement on the server itself, such as CREATE DATABASE. */
export async function admin(databaseUrl: string, statement: string) {
  await query(databaseNamed(databaseUrl, 'postgres'), statement)
}

export function databaseNamed(databaseUrl: string, name: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  return url.href
}
