import { readFileSync } from 'node:fs'

/** What may come by a file, as container platforms mount secrets: `NAME_FILE` names it in place of `NAME`. */
export const secretSettings = [
  'DATABASE_URL',
  'MIGRATION_DATABASE_URL',
  'REDIS_URL',
  'QUEUE_REDIS_URL',
  'ACCESS_TOKEN_PRIVATE_KEY',
  'ACCESS_TOKEN_ACCEPTED_KEY',
  'OIDC_PROVIDERS',
  'ADMIN_TOKEN',
  'METRICS_TOKEN',
] as const

/** The settings with those from files; and what is wrong with a file, by the name of its setting. */
export function withSecretFiles(present: Record<string, string>) {
  const given = { ...present }
  const unreadable = new Map<string, string>()
  for (const name of secretSettings) {
    const file = present[`${name}_FILE`]
    if (file === undefined) continue
    if (present[name] !== undefined) unreadable.set(name, `must not be set beside ${name}`)
    else {
      try {
        // Editors and `echo` end a file with a line break.
        given[name] = readFileSync(file, 'utf8').trimEnd()
      } catch (error) {
        unreadable.set(name, `can't be read (${(error as NodeJS.ErrnoException).code})`)
      }
    }
  }
  return { given, unreadable }
}
