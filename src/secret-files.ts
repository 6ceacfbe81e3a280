import { readFileSync } from 'node:fs'

/** `NAME_FILE` may name a file in place of `NAME`, as container platforms mount secrets. */
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

/** The settings with those from files, and what is wrong with a file, by its setting's name. */
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
