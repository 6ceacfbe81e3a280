import type { FastifyRequest } from 'fastify'
import type { Caller } from '../auth/access-token.js'
import { heartbeatMs } from '../http/event-stream.js'
import { createHttpServer } from '../http/server.js'
import { isWebAppBuilt } from '../http/web-app.js'
import type { Scheduler } from '../jobs/scheduler.js'
import type { Base } from './base.js'
import type { GraphQL } from './graphql.js'
import type { Services } from './services.js'
import type { Stores } from './stores.js'

type Parts = {
  stores: Stores
  services: Services
  /** Null in a process that only runs jobs. */
  graphql: GraphQL | null
  scheduler: Scheduler | null
  /** True once the process is on its way down. */
  stopping(): boolean
}

/** The HTTP server of this role. It listens on nothing yet. */
export function createHttp({ config, metrics, tracing, log }: Base, { stores, services, graphql, scheduler, stopping }: Parts) {
  const { accessTokens, revokedSessions, lastSeen, rateLimits, clockSkew } = services
  const development = config.NODE_ENV !== 'production'

  const isRevoked = (sessionId: string) => revokedSessions.has(sessionId)

  /** Whose request it is, if it bears an access token and the session lasts. */
  async function callerOf({ headers }: FastifyRequest): Promise<Caller | null> {
    const [, token] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? []
    const caller = token === undefined ? null : await accessTokens.verify(token)
    if (!caller || (caller.sessionId !== null && isRevoked(caller.sessionId))) return null
    await lastSeen.note(caller.memberId)
    return caller
  }

  return createHttpServer({
    graphql: graphql && { ...graphql, rateLimits, callerOf, isRevoked },
    memberExport: { exports: services.exports, rateLimits, callerOf, idleTimeoutMs: config.OPERATION_TIMEOUT_MS },
    // In production nobody may read it who has no token, and who has set none does not want it.
    metricsAccess: development || config.METRICS_TOKEN ? { token: config.METRICS_TOKEN ?? null } : null,
    log,
    metrics,
    tracing,
    accessLog: { sample: config.ACCESS_LOG_SAMPLE, hashKey: config.ACCESS_TOKEN_PRIVATE_KEY },
    playground: development,
    // Where the setting is left out, it is served if it is built.
    webApp: config.WEB_APP ?? (development && isWebAppBuilt()),
    jobs: scheduler && config.ADMIN_TOKEN ? { queue: scheduler.queue, adminToken: config.ADMIN_TOKEN } : null,
    protection: { strictTransport: !development },
    cors: { origins: config.CORS_ORIGINS, localhost: development },
    sockets: {
      headersTimeoutMs: Math.min(config.HEADERS_TIMEOUT_MS, config.REQUEST_TIMEOUT_MS),
      requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
      // Of a server that closes: as long as what is under way may take.
      partialRequestsMs: Math.min(config.REQUEST_TIMEOUT_MS, config.OPERATION_TIMEOUT_MS),
      idleTimeoutMs: Math.max(config.IDLE_TIMEOUT_MS, config.OPERATION_TIMEOUT_MS + 5_000, heartbeatMs + 5_000),
      maxConnections: config.MAX_CONNECTIONS,
    },
    trustProxy: config.TRUST_PROXY,
    health: {
      checkDatabase: stores.database.check,
      checkRedis: async () => void (await stores.redis.ping()),
      clockProblem: () => clockSkew.problem,
      stopping,
    },
  })
}
