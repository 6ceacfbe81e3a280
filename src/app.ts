// type-graphql's decorators need it before any of them runs.
import 'reflect-metadata'

import type { AddressInfo } from 'node:net'
import { Registry } from 'prom-client'
import { AccessTokens } from './auth/access-token.js'
import { AuthResolver, DevelopmentSignInResolver } from './auth/auth.resolver.js'
import { Auth } from './auth/auth.service.js'
import { IdTokens } from './auth/id-token.js'
import { Sessions } from './auth/sessions.service.js'
import { createSuccessor } from './auth/successor.js'
import { type Clock, systemClock } from './clock.js'
import type { Config } from './config.js'
import { batchingIn } from './database/batch-metrics.js'
import { createDatabase, type Queryable } from './database/database.js'
import { createTransact } from './database/transaction.js'
import { DayClosing } from './day/closing.js'
import { DayResolver } from './day/day.resolver.js'
import { DayHistory } from './day/day.service.js'
import { LastSeen } from './day/last-seen.js'
import { createApollo } from './graphql/apollo.js'
import { formatError, formatErrorDiscreetly } from './graphql/format-error.js'
import { publicFields } from './graphql/guard.js'
import { DocumentGate } from './graphql/limits/document-gate.js'
import { Operations } from './graphql/operations.js'
import { readPersistedDocuments } from './graphql/persisted-documents.js'
import { createSchema } from './graphql/schema.js'
import { createHttpServer } from './http/server.js'
import { jobs } from './jobs/jobs.js'
import { Purge } from './jobs/purge.js'
import { JobRunner } from './jobs/runner.js'
import type { Log } from './log.js'
import { MemberResolver } from './member/member.resolver.js'
import { Members } from './member/member.service.js'
import { TimeZones } from './member/time-zones.js'
import { MissionResolver } from './mission/mission.resolver.js'
import { Missions } from './mission/mission.service.js'
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
  const statements = store.sqlClient
  const transact = createTransact(store, {
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    timeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    log,
  })
  const days = { clock, graceMs: config.DAY_CLOSE_GRACE_SECONDS * 1_000 }

  const development = config.NODE_ENV !== 'production'
  const metrics = new Registry()
  const batching = batchingIn(metrics, {
    maxConcurrentBatches: Math.max(1, Math.floor(config.DATABASE_POOL_SIZE / 3)),
    maxBatchSize: 16,
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    lockWaits: store.lockWaits,
  })
  const feedMetrics = new FeedMetrics(metrics)
  const feedCache = new FeedCache({ redis, metrics: feedMetrics, log })
  const notifications = new Notifications({
    statements,
    transact,
    days,
    cache: feedCache,
    metrics: feedMetrics,
    batching: batching('polls'),
  })
  const members = new Members({ database, transact, days, notifications, timeZones: new TimeZones(database) })
  const lastSeen = new LastSeen({ database, days, log })

  const accessTokens = await AccessTokens.fromKey(config.ACCESS_TOKEN_PRIVATE_KEY, {
    clock,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
    acceptedKey: config.ACCESS_TOKEN_ACCEPTED_KEY,
  })
  const successor = createSuccessor(config.ACCESS_TOKEN_PRIVATE_KEY)
  const sessions = new Sessions({ transact, clock, members, accessTokens, successor, refreshTokenTtlDays: config.REFRESH_TOKEN_TTL_DAYS })
  const idTokens = new IdTokens(config.OIDC_PROVIDERS, clock)
  const rateLimits =
    (config.RATE_LIMITS ?? !development)
      ? new RateLimits(redis, {
          operationsPerMinute: config.RATE_LIMIT_OPERATIONS_PER_MINUTE,
          signInsPerIpPerMinute: config.RATE_LIMIT_SIGN_INS_PER_IP_PER_MINUTE,
          signInsPerSubjectPerMinute: config.RATE_LIMIT_SIGN_INS_PER_SUBJECT_PER_MINUTE,
        })
      : null
  const auth = new Auth({ database, transact, clock, members, sessions, idTokens, rateLimits })

  const closing = new DayClosing({ transact, days })
  const purge = new Purge({ transact, days })
  const runner = new JobRunner({ database, clock, log, mutex: new Mutex(redis, { log }), closing, purge })
  // Loaded where it is needed alone, as the jobs' dashboard is: BullMQ and Bull Board are a sixth of what a start loads.
  const scheduler =
    config.ROLE === 'api'
      ? null
      : new (await import('./jobs/scheduler.js')).Scheduler({
          redisUrl: config.REDIS_URL,
          jobs,
          runner,
          log,
          sweepEveryMs: config.SWEEP_EVERY_SECONDS * 1_000,
        })

  const scenarios = new Scenarios({ statements, transact, days, notifications, batching: batching('moves') })
  const missions = new Missions({ statements, transact, days, batching: batching('ticks') })

  const [scenarioResolver, missionResolver] = [new ScenarioResolver(scenarios), new MissionResolver(missions)]
  const schema = createSchema([
    new MemberResolver(members),
    new AuthResolver(auth, sessions),
    ...(development ? [new DevelopmentSignInResolver(auth)] : []),
    scenarioResolver,
    missionResolver,
    new DayResolver(new DayHistory(database)),
    new NotificationResolver(notifications),
  ])
  const operations = new Operations(schema, {
    executor: config.EXECUTOR,
    jsonFields: { ...scenarioResolver.jsonFields, ...missionResolver.jsonFields },
    timeoutMs: config.OPERATION_TIMEOUT_MS,
  })
  const introspection = config.GRAPHQL_INTROSPECTION ?? development
  const errorFormat = introspection ? formatError : formatErrorDiscreetly
  const apollo = createApollo(schema, { operations, formatError: errorFormat, introspection, maxTokens: config.GRAPHQL_MAX_TOKENS, log })
  await apollo.start()

  let stopping = false
  const http = await createHttpServer({
    apollo,
    operations,
    formatError: errorFormat,
    log,
    async memberOf(token) {
      const memberId = await accessTokens.memberOf(token)
      if (memberId) await lastSeen.note(memberId)
      return memberId
    },
    metrics,
    playground: development,
    serveApi: config.ROLE !== 'worker',
    jobs: scheduler && config.ADMIN_TOKEN ? { queue: scheduler.queue, adminToken: config.ADMIN_TOKEN } : null,
    gate: {
      documents: new DocumentGate(schema, {
        tokens: config.GRAPHQL_MAX_TOKENS,
        depth: config.GRAPHQL_MAX_DEPTH,
        aliases: config.GRAPHQL_MAX_ALIASES,
        directives: config.GRAPHQL_MAX_DIRECTIVES,
        cost: config.GRAPHQL_MAX_COST,
      }),
      persisted: config.PERSISTED_DOCUMENTS_FILE ? await readPersistedDocuments(config.PERSISTED_DOCUMENTS_FILE) : null,
      rateLimits,
      publicFields: publicFields(schema),
    },
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
    /** Serves; gives the address it serves at. */
    async listen(): Promise<string> {
      await http.listen({ host: config.HOST, port: config.PORT })
      const { port } = http.server.address() as AddressInfo
      return `http://${config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST}:${port}`
    },
    /** Not ready any more, then finish what is under way, then close what that needed. */
    async stop(): Promise<void> {
      stopping = true
      await http.close()
      await apollo.stop()
      await scheduler?.stop()
      await store.disconnect()
      redis.disconnect()
    },
  }
}
