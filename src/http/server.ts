import { randomUUID } from 'node:crypto'
import type { Queue } from 'bullmq'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify'
import type { AppConfig } from '../config.js'
import type { Exports } from '../export/export.service.js'
import { maxBodyBytes } from '../limits.js'
import type { Tracing } from '../tracing/tracing.js'
import { logRequests } from './access-log.js'
import { compressResponses } from './compression.js'
import { endLingeringConnections } from './connections.js'
import { allowOrigins } from './cors.js'
import { errorBody } from './error-body.js'
import { heartbeatMs } from './event-stream.js'
import { memberExport } from './export.js'
import type { GraphQLOptions } from './graphql.js'
import { type Health, healthRoutes } from './health.js'
import { measureRequests } from './http-metrics.js'
import { metricsRoute } from './metrics.js'
import { answerClientError, badAddress, careful, protect } from './protection.js'
import { traceRequests } from './request-tracing.js'
import { isWebAppBuilt, webApp } from './web-app.js'

/** What plugins share: who calls, what is counted, where it is told. */
type Shared = Pick<GraphQLOptions, 'rateLimits' | 'callerOf' | 'isRevoked' | 'metrics' | 'log'>

export type HttpDeps = Shared & {
  tracing: Tracing | null
  health: Health
  exports: Exports
  /** Null in a process that only runs jobs: it answers about its health alone. */
  graphql: Omit<GraphQLOptions, keyof Shared> | null
  /** Null in a process that runs no jobs. */
  queue: Queue | null
}

/** The HTTP side: GraphQL, export, playground, web app, health. It does not listen yet. */
export async function createHttpServer(config: AppConfig, deps: HttpDeps): Promise<FastifyInstance> {
  const { metrics, tracing, health, log } = deps
  const development = config.NODE_ENV !== 'production'
  const server = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request costs more than a small request's JSON; our lines name theirs.
    childLoggerFactory: (logger) => logger,
    // A proxy's, so that its log and ours name a request alike.
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']) ?? randomUUID(),
    bodyLimit: maxBodyBytes,
    forceCloseConnections: 'idle',
    // A request that has come in while the server closes is served like any other.
    return503OnClosing: false,
    trustProxy: trusted(config.TRUST_PROXY),
    // Connections are limited: a slow one is closed, and its time counts from its opening.
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    connectionTimeout: Math.max(config.IDLE_TIMEOUT_MS, config.OPERATION_TIMEOUT_MS + 5_000, heartbeatMs + 5_000),
    http: {
      headersTimeout: Math.min(config.HEADERS_TIMEOUT_MS, config.REQUEST_TIMEOUT_MS),
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false,
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, _request, reply: FastifyReply) => void reply.code(400).headers(careful).send(badAddress),
  })
  // Fastify's own parser of plain text: nothing here takes it, so it is 415 as all else.
  server.removeContentTypeParser('text/plain')
  server.server.maxConnections = config.MAX_CONNECTIONS
  // A request that is not in whole is waited for as long as an operation may take.
  endLingeringConnections(server, { partialRequestsMs: Math.min(config.REQUEST_TIMEOUT_MS, config.OPERATION_TIMEOUT_MS) })
  server.decorateRequest('isStream', false).decorateRequest('context', null).decorateRequest('span', null)
  if (tracing) traceRequests(server, tracing)
  measureRequests(server, metrics)
  logRequests(server, { sample: config.ACCESS_LOG_SAMPLE, hashKey: config.ACCESS_TOKEN_PRIVATE_KEY, log })
  protect(server, { strictTransport: !development })
  await allowOrigins(server, { origins: config.CORS_ORIGINS, localhost: development })
  await compressResponses(server)
  server.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'a request failed unexpectedly')
    const message = status >= 500 ? 'Something went wrong on our side.' : error.message
    const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST'
    return reply.code(status).send(errorBody({ code, message, details: { requestId: request.id } }))
  })
  server.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send(errorBody({ code: 'NOT_FOUND', message: 'There is nothing at this address: GraphQL is at /graphql.' })),
  )
  // Apollo Server sets the length of the body that a 304 leaves out.
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.statusCode !== 304) return done(null, payload)
    reply.removeHeader('content-length').removeHeader('content-type')
    done(null, null)
  })
  // While stopping: a client that keeps its connection would lose a request sent as it ends.
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (health.stopping()) reply.header('connection', 'close')
    done()
  })
  await server.register(healthRoutes, health)
  // In production it needs a token: without one it is not served.
  if (development || config.METRICS_TOKEN) await server.register(metricsRoute, { registry: metrics, token: config.METRICS_TOKEN ?? null })
  // Loaded where wanted only: the dashboard is large, and a production image has no GraphiQL.
  if (deps.queue && config.ADMIN_TOKEN)
    await server.register((await import('./jobs-board.js')).jobsBoard, { queue: deps.queue, adminToken: config.ADMIN_TOKEN })
  if (!deps.graphql) return server
  if (development) await server.register((await import('./playground.js')).playground)
  // Where the setting is left out, it is served if it is built.
  if (config.WEB_APP ?? (development && isWebAppBuilt())) await server.register(webApp)
  await server.register(memberExport, { ...deps, idleTimeoutMs: config.OPERATION_TIMEOUT_MS })
  const { graphql } = await import('./graphql.js')
  await server.register(graphql, { ...deps, ...deps.graphql })
  return server
}

/** Anybody can send one, and it goes into the log and into responses. */
const requestIdOf = (header: unknown): string | null => (typeof header === 'string' && /^[\w.:-]{8,64}$/.test(header) ? header : null)

const trusted = (proxies: AppConfig['TRUST_PROXY']) =>
  typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies
