import type { FastifyRequest } from 'fastify'
import type { Caller } from '../auth/access-token.js'
import { createHttpServer } from '../http/server.js'
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
  stopping(): boolean
}

export function createHttp({ config, ...base }: Base, { stores, services, graphql, scheduler, stopping }: Parts) {
  const { accessTokens, revokedSessions, lastSeen, clockSkew, exports, rateLimits } = services

  const isRevoked = (sessionId: string) => revokedSessions.has(sessionId)

  /** Whose request it is, if it bears an access token and the session lasts. */
  async function callerOf({ headers }: FastifyRequest): Promise<Caller | null> {
    const [, token] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? []
    const caller = token === undefined ? null : await accessTokens.verify(token)
    if (!caller || isRevoked(caller.sessionId)) return null
    await lastSeen.note(caller.memberId)
    return caller
  }

  const health = {
    checkDatabase: stores.database.check,
    checkRedis: async () => void (await stores.redis.ping()),
    clockProblem: () => clockSkew.problem,
    stopping,
  }
  const queue = scheduler?.queue ?? null
  return createHttpServer(config, { ...base, graphql, exports, rateLimits, callerOf, isRevoked, health, queue })
}
