import pg from 'pg'
import { checkSchema } from './schema-version.js'
import { checkSessions, sessionSettings, type TimeOuts } from './session-settings.js'

/** Throws where the database lacks a migration, or its sessions lack their settings. */
export async function checkDatabase(databaseUrl: string, { pgBouncer, ...timeOuts }: TimeOuts & { pgBouncer: boolean }): Promise<void> {
  const settings = pgBouncer ? {} : sessionSettings(timeOuts)
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'doorstep start check', ...settings })
  try {
    await client.connect()
    await checkSchema(client)
    if (pgBouncer) await checkSessions(client, timeOuts)
  } catch (cause) {
    if (!/startup parameter/.test((cause as Error).message)) throw cause
    const { message } = cause as Error
    throw new Error(`DATABASE_URL leads through PgBouncer, it seems: set DATABASE_PGBOUNCER=true. It says: ${message}`, { cause })
  } finally {
    await client.end()
  }
}
