import { z } from 'zod'
import { oidcProviders } from './auth/oidc-providers.js'
import { withSecretFiles } from './secret-files.js'
import { databaseUrl, flag, list, origin, redisUrl, signingKey, switched, token, trustProxy, wholeNumber } from './setting-types.js'

/** Every setting, with its default. `.env.example` documents each one, and a test says so. */
export const settings = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  ROLE: z.enum(['all', 'api', 'worker', 'migrate']).default('all'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber(4000, { min: 0, max: 65_535 }),
  DATA_DIR: z.string().min(1).default('.doorstep'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ACCESS_LOG_SAMPLE: z.coerce.number().min(0).max(1).default(0.01),
  SLOW_STATEMENT_MS: wholeNumber(1_000, { min: 0, max: 600_000 }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),

  DATABASE_URL: databaseUrl.optional(),
  REDIS_URL: redisUrl.optional(),
  QUEUE_REDIS_URL: redisUrl.optional(),
  EMBEDDED: switched.optional(),
  MIGRATION_DATABASE_URL: databaseUrl.optional(),
  MIGRATION_LOCK_TIMEOUT_MS: wholeNumber(5_000, { min: 0, max: 3_600_000 }),
  MIGRATE_AT_START: switched.optional(),
  DATABASE_POOL_SIZE: wholeNumber(10, { min: 1, max: 500 }),
  DATABASE_STATEMENT_TIMEOUT_MS: wholeNumber(10_000, { min: 100, max: 600_000 }),
  DATABASE_LOCK_TIMEOUT_MS: wholeNumber(5_000, { min: 100, max: 600_000 }),
  DATABASE_MAX_WAIT_MS: wholeNumber(5_000, { min: 100, max: 600_000 }),
  DATABASE_PGBOUNCER: flag(false),
  DATABASE_PREPARED_STATEMENTS: switched.optional(),
  WARM_UP: switched.optional(),

  REQUEST_TIMEOUT_MS: wholeNumber(15_000, { min: 100, max: 600_000 }),
  HEADERS_TIMEOUT_MS: wholeNumber(10_000, { min: 100, max: 600_000 }),
  IDLE_TIMEOUT_MS: wholeNumber(60_000, { min: 1_000, max: 3_600_000 }),
  MAX_CONNECTIONS: wholeNumber(10_000, { min: 1, max: 1_000_000 }),
  MAX_STREAMS: wholeNumber(5_000, { min: 0, max: 1_000_000 }),
  DRAIN_SECONDS: z.coerce.number().int().min(0).max(600).optional(),
  CORS_ORIGINS: list(origin),
  TRUST_PROXY: trustProxy,
  WEB_APP: switched.optional(),

  RATE_LIMITS: switched.optional(),
  RATE_LIMIT_OPERATIONS_PER_MINUTE: wholeNumber(3_000, { min: 1, max: 1_000_000_000 }),
  RATE_LIMIT_SIGN_INS_PER_IP_PER_MINUTE: wholeNumber(300, { min: 1, max: 1_000_000_000 }),
  RATE_LIMIT_SIGN_INS_PER_SUBJECT_PER_MINUTE: wholeNumber(30, { min: 1, max: 1_000_000_000 }),
  RATE_LIMIT_REFRESHES_PER_SESSION_PER_MINUTE: wholeNumber(30, { min: 1, max: 1_000_000_000 }),

  EXECUTOR: z.enum(['jit', 'js']).default('jit'),
  OPERATION_TIMEOUT_MS: wholeNumber(15_000, { min: 100, max: 600_000 }),
  GRAPHQL_MAX_TOKENS: wholeNumber(2_000, { min: 100, max: 100_000 }),
  GRAPHQL_MAX_DEPTH: wholeNumber(10, { min: 1, max: 100 }),
  GRAPHQL_MAX_ALIASES: wholeNumber(60, { min: 0, max: 10_000 }),
  GRAPHQL_MAX_DIRECTIVES: wholeNumber(30, { min: 0, max: 10_000 }),
  GRAPHQL_MAX_FRAGMENTS: wholeNumber(60, { min: 0, max: 1_000 }),
  GRAPHQL_MAX_COST: wholeNumber(1_000_000, { min: 10, max: 1_000_000_000 }),
  GRAPHQL_INTROSPECTION: switched.optional(),
  PERSISTED_DOCUMENTS_FILE: z.string().min(1).optional(),

  ACCESS_TOKEN_PRIVATE_KEY: signingKey({ private: true }).optional(),
  ACCESS_TOKEN_ACCEPTED_KEY: signingKey({ private: false }).optional(),
  ACCESS_TOKEN_TTL_SECONDS: wholeNumber(900, { min: 60, max: 86_400 }),
  REFRESH_TOKEN_TTL_DAYS: wholeNumber(60, { min: 1, max: 3_650 }),

  OIDC_PROVIDERS: oidcProviders.prefault('{}'),

  DAY_CLOSE_GRACE_SECONDS: wholeNumber(120, { min: 0, max: 3_600 }),
  SWEEP_EVERY_SECONDS: wholeNumber(300, { min: 1, max: 3_600 }),
  ADMIN_TOKEN: token.optional(),
  METRICS_TOKEN: token.optional(),
})

export type Config = z.infer<typeof settings>

/** A config that is complete: with the stores and the signing key. */
export type AppConfig = Config & { DATABASE_URL: string; REDIS_URL: string; ACCESS_TOKEN_PRIVATE_KEY: string }

/** A configuration that can't be used; the message names every problem at once. */
export class ConfigError extends Error {}

/** How long a stopping process serves on, so that load balancers see that it is not ready. */
export const drainSecondsOf = ({ DRAIN_SECONDS, NODE_ENV }: Config): number => DRAIN_SECONDS ?? (NODE_ENV === 'production' ? 5 : 0)

/** Whether a process migrates before it serves: never if several may start, unless told so. */
export const migratesAtStart = ({ ROLE, NODE_ENV, MIGRATE_AT_START }: Config): boolean =>
  ROLE === 'migrate' || (MIGRATE_AT_START ?? (ROLE === 'all' && NODE_ENV !== 'production'))

/** Whether a process runs frequent operations before it listens, so that no member waits for it. */
export const warmsUp = ({ WARM_UP, NODE_ENV }: Config): boolean => WARM_UP ?? NODE_ENV === 'production'

/** PgBouncer before 1.21 can't, in transaction mode: a name is one server connection's. */
export const preparesStatements = ({ DATABASE_PREPARED_STATEMENTS, DATABASE_PGBOUNCER }: Config): boolean =>
  DATABASE_PREPARED_STATEMENTS ?? !DATABASE_PGBOUNCER

type Use = {
  /** An operator's command: by it nobody signs in, and it migrates nothing. */
  isCommand?: boolean
}

/** Reads the configuration from the environment: a blank value counts as left out. */
export function readConfig(environment: Record<string, string | undefined> = process.env, { isCommand = false }: Use = {}): Config {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  const { given, unreadable } = withSecretFiles(present as Record<string, string>)
  const result = settings.safeParse(given)
  const wrong = result.error?.issues ?? []
  // Unusable settings are already reported; the others are checked together nevertheless.
  const names = new Set([...wrong.map(({ path }) => String(path[0])), ...unreadable.keys()])
  const config = result.data ?? settings.parse(Object.fromEntries(Object.entries(given).filter(([name]) => !names.has(name))))
  const problems = [
    ...[...unreadable].map(([name, message]) => `${name}_FILE: ${message}`),
    ...wrong.map(({ path, message }) => `${path.join('.')}: ${message}`),
    ...misfits(config, isCommand).flatMap(([name, isWrong, problem]) => (isWrong && !names.has(name) ? `${name}: ${problem}` : [])),
  ]
  if (problems.length > 0) {
    throw new ConfigError(['The configuration is not usable:', ...problems.map((problem) => `  ${problem}`)].join('\n'))
  }
  return config
}

/** Settings that are wrong together, or for such a process. */
function misfits(config: Config, isCommand: boolean): [name: string, isWrong: boolean, problem: string][] {
  const { ROLE, NODE_ENV, DATABASE_URL, REDIS_URL, MIGRATION_DATABASE_URL, ACCESS_TOKEN_PRIVATE_KEY } = config
  const onlyMigrates = ROLE === 'migrate'
  const migratesNothing = onlyMigrates && !MIGRATION_DATABASE_URL && !DATABASE_URL
  const needsKey = !isCommand && NODE_ENV === 'production' && !onlyMigrates
  // A production whose DATABASE_URL is mistyped would otherwise serve an empty new database.
  const needsStores = !(config.EMBEDDED ?? NODE_ENV !== 'production') && !onlyMigrates
  const sqlOutlives = config.DATABASE_STATEMENT_TIMEOUT_MS > config.OPERATION_TIMEOUT_MS
  // A migration's lock belongs to its session; PgBouncer changes it with each transaction.
  const migratesThrough = config.DATABASE_PGBOUNCER && !isCommand && migratesAtStart(config) && !MIGRATION_DATABASE_URL
  return [
    ['ACCESS_TOKEN_PRIVATE_KEY', needsKey && !ACCESS_TOKEN_PRIVATE_KEY, 'must be set in production'],
    ['MIGRATION_DATABASE_URL', migratesNothing, 'must be set, or DATABASE_URL, to say what is to be migrated'],
    ['DATABASE_URL', needsStores && !DATABASE_URL, 'must be set, or EMBEDDED=true to start an embedded server'],
    ['REDIS_URL', needsStores && !REDIS_URL, 'must be set, or EMBEDDED=true to start an embedded server'],
    ['DATABASE_STATEMENT_TIMEOUT_MS', sqlOutlives, 'must not be more than OPERATION_TIMEOUT_MS, or SQL outlives its operation'],
    ['MIGRATION_DATABASE_URL', migratesThrough, 'must be set, past PgBouncer, where DATABASE_PGBOUNCER is and this process migrates'],
  ]
}
