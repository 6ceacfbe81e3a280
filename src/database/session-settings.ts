import type pg from 'pg'

export type TimeOuts = { statementTimeoutMs: number; lockTimeoutMs: number }

const milliseconds = ({ statementTimeoutMs, lockTimeoutMs }: TimeOuts) => ({
  statement_timeout: statementTimeoutMs,
  lock_timeout: lockTimeoutMs,
  idle_in_transaction_session_timeout: 2 * statementTimeoutMs,
})

const words = {
  TimeZone: 'UTC',
  // For arrays of a few values PostgreSQL would plan anew each time: 3 ms of a check's 5 (ADR 14).
  plan_cache_mode: 'force_generic_plan',
}

/** What a new session is told, as parameters of its start. */
export const sessionSettings = (timeOuts: TimeOuts) => ({
  ...milliseconds(timeOuts),
  options: Object.entries({ ...words, DateStyle: 'ISO' })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' '),
})

/**
 * Throws where sessions behind PgBouncer lack these settings. The role bears them: PgBouncer takes
 * no such parameters, no SET lasts in transaction mode, and SET LOCAL would cost each transaction a
 * round trip and not reach single statements.
 */
export async function checkSessions(client: pg.Client, timeOuts: TimeOuts): Promise<void> {
  const timed = Object.entries(milliseconds(timeOuts)).map(([name, ms]) => [name, `${ms}ms`])
  const wanted: Record<string, string> = { ...Object.fromEntries(timed), ...words }
  const { rows } = await client.query<{ name: string; setting: string; role: string }>(
    "SELECT name, setting || coalesce(unit, '') AS setting, quote_ident(current_user) AS role FROM pg_settings WHERE name = ANY ($1)",
    [Object.keys(wanted)],
  )
  const found = new Map(rows.map(({ name, setting }) => [name, setting]))
  const wrong = Object.entries(wanted).filter(([name, value]) => found.get(name) !== value)
  if (wrong.length === 0) return
  const statements = wrong.map(([name, value]) => `  ALTER ROLE ${rows[0]?.role} SET ${name} = '${value}';`)
  const problem = 'The sessions behind PgBouncer are not as they have to be. Run this, then RECONNECT in the console of PgBouncer:'
  throw new Error([problem, ...statements].join('\n'))
}
