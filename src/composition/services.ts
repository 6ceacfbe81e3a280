import { AccessTokens } from '../auth/access-token.js'
import { Auth } from '../auth/auth.service.js'
import { IdTokens } from '../auth/id-token.js'
import { RevokedSessions } from '../auth/revoked-sessions.js'
import { Sessions } from '../auth/sessions.service.js'
import { createSuccessor } from '../auth/successor.js'
import type { Calendar } from '../calendar.sql.js'
import { ClockSkew } from '../clock-skew.js'
import type { Batching } from '../database/batcher.js'
import { DayClosing } from '../day/closing.js'
import { DayHistory } from '../day/day.service.js'
import { LastSeen } from '../day/last-seen.js'
import { Exports } from '../export/export.service.js'
import { Live } from '../live/live.service.js'
import { createChangeMember, type ServiceDeps } from '../member/change.js'
import { Members } from '../member/member.service.js'
import { Checks } from '../mission/checks.js'
import { TodayMissions } from '../mission/mission.service.js'
import { OfflineChecks } from '../mission/offline-checks.js'
import { Nodes } from '../node/node.service.js'
import { FeedCache } from '../notification/feed-cache.js'
import { createFeedMetrics } from '../notification/feed-metrics.js'
import { Notifications } from '../notification/notification.service.js'
import { Pauses } from '../pause/pause.service.js'
import { RateLimits } from '../redis/rate-limits.js'
import { Moves } from '../scenario/moves.js'
import { Scenarios } from '../scenario/scenario.service.js'
import { Templates } from '../scenario/template.service.js'
import { Sync } from '../sync/sync.service.js'
import type { Base } from './base.js'
import type { Stores } from './stores.js'

export type Services = Awaited<ReturnType<typeof createServices>>

/** What the API and the jobs are made of. None of it knows GraphQL or HTTP. */
export async function createServices({ config, clock, metrics, log }: Base, stores: Stores) {
  const { transact, redis, hints } = stores
  const { prisma: database, sqlClient, lockWaits } = stores.database
  const calendar: Calendar = { clock, graceMs: config.DAY_CLOSE_GRACE_SECONDS * 1_000 }
  const change = createChangeMember({ transact, clock })
  const deps: ServiceDeps = { database, sqlClient, transact, change, calendar, clock, log }
  const batchHelp = 'How many moves, checks or polls went to the database together.'
  const batchSizes = metrics.histogram('doorstep_batch_size', batchHelp, [1, 2, 4, 8, 16], 'of')
  const batching = (of: string): Batching => ({
    maxConcurrentBatches: Math.max(1, Math.floor(config.DATABASE_POOL_SIZE / 3)),
    maxBatchSize: 16,
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
    lockWaits,
    onBatch: (size) => batchSizes.observe({ of }, size),
  })

  const feedMetrics = createFeedMetrics(metrics)
  const cache = new FeedCache({ redis, metrics: feedMetrics, log })
  const notifications = new Notifications({ ...deps, cache, metrics: feedMetrics, batching: batching('polls') })
  const history = new DayHistory(deps)
  const members = new Members({ ...deps, history, notifications })
  const pauses = new Pauses({ ...deps, notifications })
  const changed = (memberId: string) => hints.publish(memberId)
  const scenarios = new Scenarios({ ...deps, notifications })
  const moves = new Moves({ ...deps, changed, batching: batching('moves') })
  const templates = new Templates(deps)
  const offlineChecks = new OfflineChecks({ ...deps, history })
  const checks = new Checks({ ...deps, offlineChecks, changed, batching: batching('checks') })
  const sync = new Sync(deps)
  const live = new Live({
    sync,
    hints,
    maxStreams: config.MAX_STREAMS,
    maxConcurrentLooks: Math.max(1, Math.floor(config.DATABASE_POOL_SIZE / 5)),
    metrics,
    log,
  })
  const todayMissions = new TodayMissions(deps)
  const nodes = new Nodes(deps)

  const exports = new Exports({
    prisma: stores.database.prisma,
    clock,
    permits: Math.max(1, Math.floor(config.DATABASE_POOL_SIZE / 5)),
    maxWaitMs: config.DATABASE_MAX_WAIT_MS,
  })

  const failedHelp = 'Times that the day of a member could not be closed, and the member was put off.'
  const failedClosings = metrics.counter('doorstep_day_closings_failed_total', failedHelp)
  const closing = new DayClosing({ ...deps, onFailure: () => failedClosings.inc() })

  // In development nothing is limited, unless it is configured.
  const limitsRates = config.RATE_LIMITS ?? config.NODE_ENV === 'production'
  const rateLimits = limitsRates ? new RateLimits(redis, config, log) : null
  const accessTokens = await AccessTokens.fromKey(config.ACCESS_TOKEN_PRIVATE_KEY, {
    clock,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
    acceptedKey: config.ACCESS_TOKEN_ACCEPTED_KEY,
  })
  const accessTokenTtlSeconds = config.ACCESS_TOKEN_TTL_SECONDS
  const revokedSessions = new RevokedSessions({ ...deps, accessTokenTtlSeconds })
  const sessions = new Sessions({
    ...deps,
    members,
    accessTokens,
    successor: createSuccessor(config.ACCESS_TOKEN_PRIVATE_KEY),
    revoked: revokedSessions,
    rateLimits,
    refreshTokenTtlDays: config.REFRESH_TOKEN_TTL_DAYS,
  })
  const idTokens = new IdTokens(config.OIDC_PROVIDERS, clock)
  const auth = new Auth({ ...deps, members, sessions, idTokens, rateLimits })

  return {
    calendar,
    members,
    sessions,
    auth,
    accessTokens,
    revokedSessions,
    rateLimits,
    scenarios,
    moves,
    templates,
    checks,
    offlineChecks,
    todayMissions,
    nodes,
    sync,
    live,
    notifications,
    pauses,
    history,
    closing,
    exports,
    lastSeen: new LastSeen(deps),
    clockSkew: new ClockSkew({ ...deps, metrics }),
  }
}
