// type-graphql's decorators need it before any of them runs.
import 'reflect-metadata'

import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, Registry } from 'prom-client'
import { AccessTokens } from './auth/access-token.js'
import { AuthResolver, DevelopmentSignInResolver } from './auth/auth.resolver.js'
import { Auth } from './auth/auth.service.js'
import { IdTokens } from './auth/id-token.js'
import { Sessions } from './auth/sessions.service.js'
import { createSuccessor } from './auth/successor.js'
import type { Calendar } from './calendar.sql.js'
import { type Clock, systemClock } from './clock.js'
import { ClockSkew } from './clock-skew.js'
import { type Config, drainSecondsOf } from './config.js'
import { batchingIn } from './database/batch-metrics.js'
import { createDatabase, type Queryable } from './database/database.js'
import { createTransact } from './database/transaction.js'
import { DayClosing } from './day/closing.js'
import { DayResolver } from './day/day.resolver.js'
import { DayHistory } from './day/day.service.js'
import { LastSeen } from './day/last-seen.js'
import { createApollo } from './graphql/apollo.js'
import { DocumentCache } from './graphql/document-cache.js'
import { Executor } from './graphql/executor.js'
import { FastPath } from './graphql/fast-path.js'
import { formatError, formatErrorDiscreetly } from './graphql/format-error.js'
import { publicFields } from './graphql/guard.js'
import { readPersistedDocuments } from './graphql/persisted-documents.js'
import { createSchema } from './graphql/schema.js'
import { createHttpServer } from './http/server.js'
import { jobs } from './jobs/jobs.js'
import { midnightReset } from './jobs/midnight-reset.job.js'
import { Purge } from './jobs/purge.js'
import { JobRunner } from './jobs/runner.js'
import type { Log } from './log.js'
import { MemberResolver } from './member/member.resolver.js'
import { Members } from './member/member.service.js'
import { TimeZones } from './member/time-zones.js'
import { Checks } from './mission/checks.js'
import { MissionResolver } from './mission/mission.resolver.js'
import { TodayMissions } from './mission/mission.service.js'
import { FeedCache } from './notification/feed-cache.js'
import { FeedMetrics } from './notification/feed-metrics.js'
import { NotificationResolver } from './notification/notification.resolver.js'
import { Notifications } from './notification/notification.service.js'
import { Mutex } from './redis/mutex.js'
import { RateLimits } from './redis/rate-limits.js'
import { createRedis } from './redis/redis.js'
import { ScenarioResolver } from './scenario/scenario.resolver.js'
import { Scenarios } from './scenario/scenario.service.js'

/** A configuration with nothing left open: where the stores are, and the key that signs. */
export type AppConfig = Config & { DATABASE_URL: string; REDIS_URL: string; ACCESS_TOKEN_PRIVATE_KEY: string }

export type App = Awaited<ReturnType<typeof createApp>>

/** The composition root: constructs everything, wires it, and opens no port. */
export async function createApp(config: AppConfig, { log, clock = systemClock }: { log: Log; clock?: Clock }) {
  const store = createDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: config.DATABASE_LOCK_TIMEOUT_MS,
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    preparedStatements: config.DATABASE_PREPARED_STATEMENTS,
    log,
  })
  const redis = createRedis(config.REDIS_URL, log)
  const database: Queryable = store.prisma
  const { sqlClient } = store
  const transact = createTransact(store, {
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    timeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    log,
  })
  const calendar: Calendar = { clock, graceMs: config.DAY_CLOSE_GRACE_SECONDS * 1_000 }

  const development = config.NODE_ENV !== 'production'
  const metrics = new Registry()
  const clockSkew = new ClockSkew({ database, clock, registry: metrics, log })
  const batching = batchingIn(metrics, {
    maxConcurrentBatches: Math.max(1, Math.floor(config.DATABASE_POOL_SIZE / 3)),
    maxBatchSize: 16,
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    lockWaits: store.lockWaits,
  })
  const feedMetrics = new FeedMetrics(metrics)
  const feedCache = new FeedCache({ redis, metrics: feedMetrics, log })
  const notifications = new Notifications({
    sqlClient,
    transact,
    calendar,
    cache: feedCache,
    metrics: feedMetrics,
    batching: batching('polls'),
  })
  const history = new DayHistory({ database, calendar })
  const members = new Members({
    database,
    transact,
    calendar,
    closeEndedDays: (tx, memberId) => history.closeEndedDays(tx, memberId),
    notifications,
    timeZones: new TimeZones(database),
  })
  const lastSeen = new LastSeen({ database, calendar, log })

  const rateLimits =
    (config.RATE_LIMITS ?? !development)
      ? new RateLimits(
          redis,
          {
            operationsPerMinute: config.RATE_LIMIT_OPERATIONS_PER_MINUTE,
            signInsPerIpPerMinute: config.RATE_LIMIT_SIGN_INS_PER_IP_PER_MINUTE,
            signInsPerSubjectPerMinute: config.RATE_LIMIT_SIGN_INS_PER_SUBJECT_PER_MINUTE,
            refreshesPerSessionPerMinute: config.RATE_LIMIT_REFRESHES_PER_SESSION_PER_MINUTE,
          },
          log,
        )
      : null

  const accessTokens = await AccessTokens.fromKey(config.ACCESS_TOKEN_PRIVATE_KEY, {
    clock,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
    acceptedKey: config.ACCESS_TOKEN_ACCEPTED_KEY,
  })
  const successor = createSuccessor(config.ACCESS_TOKEN_PRIVATE_KEY)
  const sessions = new Sessions({
    database,
    transact,
    clock,
    members,
    accessTokens,
    successor,
    rateLimits,
    refreshTokenTtlDays: config.REFRESH_TOKEN_TTL_DAYS,
  })
  const idTokens = new IdTokens(config.OIDC_PROVIDERS, clock)
  const auth = new Auth({ database, transact, clock, members, sessions, idTokens, rateLimits })

  const failedClosings = new Counter({
    name: 'doorstep_day_closings_failed_total',
    help: 'Times that the day of a member could not be closed, and the member was put off.',
    registers: [metrics],
  })
  const closing = new DayClosing({ database, transact, calendar, log, onFailure: () => failedClosings.inc() })
  const purge = new Purge({ transact, calendar })
  const runner = new JobRunner({ database, clock, log, mutex: new Mutex(redis, { log }), closing, purge })
  // Loaded where it is needed alone, as the jobs' dashboard is: BullMQ and Bull Board are a sixth of what a start loads.
  const scheduler =
    config.ROLE === 'api'
      ? null
      : new (await import('./jobs/scheduler.js')).Scheduler({
          redisUrl: config.REDIS_URL,
          jobs,
          sweep: { job: midnightReset, everyMs: config.SWEEP_EVERY_SECONDS * 1_000 },
          runner,
          clockSkew,
          log,
        })

  const scenarios = new Scenarios({ sqlClient, transact, calendar, notifications, batching: batching('moves') })
  const checks = new Checks({ sqlClient, transact, calendar, history, batching: batching('checks') })
  const todayMissions = new TodayMissions({ transact, calendar })

  const schema = createSchema([
    new MemberResolver(members),
    new AuthResolver(auth, sessions),
    ...(development ? [new DevelopmentSignInResolver(auth)] : []),
    new ScenarioResolver(scenarios),
    new MissionResolver(checks, todayMissions),
    new DayResolver(history),
    new NotificationResolver(notifications),
  ])
  const introspection = config.GRAPHQL_INTROSPECTION ?? development
  const errorFormat = introspection ? formatError : formatErrorDiscreetly
  const documents = new DocumentCache(schema, {
    tokens: config.GRAPHQL_MAX_TOKENS,
    depth: config.GRAPHQL_MAX_DEPTH,
    aliases: config.GRAPHQL_MAX_ALIASES,
    directives: config.GRAPHQL_MAX_DIRECTIVES,
    cost: config.GRAPHQL_MAX_COST,
    introspection,
  })
  const executor = new Executor(schema, {
    executor: config.EXECUTOR,
    timeoutMs: config.OPERATION_TIMEOUT_MS,
    publicFields: publicFields(schema),
  })
  const apollo = createApollo(schema, {
    documents,
    executor,
    formatError: errorFormat,
    introspection,
    maxTokens: config.GRAPHQL_MAX_TOKENS,
    log,
  })
  await apollo.start()

  let stopping = false
  const http = await createHttpServer({
    graphql: {
      schema,
      documents,
      apollo,
      // EXECUTOR=js is the reference in everything: no compiled operation, and nothing past Apollo Server.
      fastPath: config.EXECUTOR === 'jit' ? new FastPath({ executor, formatError: errorFormat }) : null,
      persisted: config.PERSISTED_DOCUMENTS_FILE ? await readPersistedDocuments(config.PERSISTED_DOCUMENTS_FILE) : null,
      rateLimits,
      async memberOf(token) {
        const memberId = await accessTokens.memberOf(token)
        if (memberId) await lastSeen.note(memberId)
        return memberId
      },
    },
    // In production nobody may read it who has no token, and who has set none does not want it.
    metricsAccess: development || config.METRICS_TOKEN ? { token: config.METRICS_TOKEN ?? null } : null,
    log,
    metrics,
    playground: development,
    serveApi: config.ROLE !== 'worker',
    jobs: scheduler && config.ADMIN_TOKEN ? { queue: scheduler.queue, adminToken: config.ADMIN_TOKEN } : null,
    protection: { corsOrigins: config.CORS_ORIGINS, strictTransport: !development },
    sockets: {
      headersTimeoutMs: Math.min(config.HEADERS_TIMEOUT_MS, config.REQUEST_TIMEOUT_MS),
      requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
      idleTimeoutMs: Math.max(config.IDLE_TIMEOUT_MS, config.OPERATION_TIMEOUT_MS + 5_000),
      maxConnections: config.MAX_CONNECTIONS,
    },
    trustProxy: config.TRUST_PROXY,
    health: {
      checkDatabase: store.check,
      checkRedis: async () => void (await redis.ping()),
      clockProblem: () => clockSkew.problem,
      stopping: () => stopping,
    },
  })

  return {
    database: store.prisma,
    closing,
    runner,
    scheduler,
    schema,
    metrics,
    http,
    /** Serves, knowing whether the clock is right; gives the address it serves at. */
    async listen(): Promise<string> {
      await clockSkew.start()
      await http.listen({ host: config.HOST, port: config.PORT })
      const { port } = http.server.address() as AddressInfo
      return `http://${config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST}:${port}`
    },
    /** Not ready any more, but serving until that has been seen; then finish what is under way, then close what that needed. */
    async stop(): Promise<void> {
      stopping = true
      clockSkew.stop()
      const drainSeconds = drainSecondsOf(config)
      if (http.server.listening && drainSeconds > 0) {
        log.info({ drainSeconds }, 'stopping: not ready any more, and still serving, with connection: close')
        await sleep(drainSeconds * 1_000)
      }
      log.info('stopping: no new connections; finishing the requests under way')
      await http.close()
      await apollo.stop()
      if (scheduler) log.info('stopping: letting jobs come to the end of a chunk')
      await scheduler?.stop()
      log.info('stopping: closing the connections to PostgreSQL and Redis')
      await store.disconnect()
      redis.disconnect()
    },
  }
}
