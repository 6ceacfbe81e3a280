import { randomUUID } from 'node:crypto'
import type { Queue } from 'bullmq'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify'
import { maxBodyBytes } from '../limits.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Tracing } from '../tracing/tracing.js'
import { type AccessLogOptions, logRequests } from './access-log.js'
import { compressResponses } from './compression.js'
import { endLingeringConnections } from './connections.js'
import { allowOrigins, type CorsOptions } from './cors.js'
import { errorBody } from './error-body.js'
import { type ExportOptions, memberExport } from './export.js'
import type { GraphQLOptions } from './graphql.js'
import { type Health, health } from './health.js'
import { measureRequests } from './http-metrics.js'
import { metrics } from './metrics.js'
import { answerClientError, badAddress, careful, type ProtectionOptions, protect, type SocketLimits } from './protection.js'
import { traceRequests } from './request-tracing.js'

export type HttpOptions = {
  log: Log
  health: Health
  metrics: Metrics
  tracing: Tracing | null
  accessLog: AccessLogOptions
  /** Null: there is no /metrics. */
  metricsAccess: { token: string | null } | null
  /** Null in a process that only runs jobs: it answers about its health alone. */
  graphql: Omit<GraphQLOptions, 'metrics' | 'log'> | null
  memberExport: Omit<ExportOptions, 'log'>
  playground: boolean
  /** True: the web app is served at /app. */
  webApp: boolean
  jobs: { queue: Queue; adminToken: string } | null
  protection: ProtectionOptions
  cors: CorsOptions
  sockets: SocketLimits
  /** The proxies whose X-Forwarded-For is believed: none, so many, or these. */
  trustProxy: false | number | string[]
}

/** The HTTP side: GraphQL, the export, the playground, the web app, health. It listens on nothing yet. */
export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request, which Fastify would make, costs more than a small request's JSON; ours name the request.
    childLoggerFactory: (logger) => logger,
    // A proxy's, so that its log and ours name a request alike.
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']) ?? randomUUID(),
    bodyLimit: maxBodyBytes,
    forceCloseConnections: 'idle',
    // A request that has come in while the server closes is served like any other.
    return503OnClosing: false,
    trustProxy: trusted(options.trustProxy),
    requestTimeout: options.sockets.requestTimeoutMs,
    connectionTimeout: options.sockets.idleTimeoutMs,
    http: { headersTimeout: options.sockets.headersTimeoutMs, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, _request, reply: FastifyReply) => void reply.code(400).headers(careful).send(badAddress),
  })
  server.server.maxConnections = options.sockets.maxConnections
  endLingeringConnections(server, options.sockets)
  server.decorateRequest('isStream', false).decorateRequest('context', null).decorateRequest('span', null)
  if (options.tracing) traceRequests(server, options.tracing)
  measureRequests(server, options.metrics)
  logRequests(server, { ...options.accessLog, log: options.log })
  protect(server, options.protection)
  await allowOrigins(server, options.cors)
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
  // The GraphQL server measures the answer that a 304 leaves out.
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.statusCode !== 304) return done(null, payload)
    reply.removeHeader('content-length').removeHeader('content-type')
    done(null, null)
  })
  // On its way down: a client that keeps its connection would lose the request that it sends when the connection ends.
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (options.health.stopping()) reply.header('connection', 'close')
    done()
  })
  await server.register(health, options.health)
  if (options.metricsAccess) await server.register(metrics, { registry: options.metrics, ...options.metricsAccess })
  // Loaded where they are wanted alone: the dashboard is large, and a production image has no GraphiQL.
  if (options.jobs) await server.register((await import('./jobs-board.js')).jobsBoard, options.jobs)
  if (!options.graphql) return server
  if (options.playground) await server.register((await import('./playground.js')).playground)
  if (options.webApp) await server.register((await import('./web-app.js')).webApp)
  await server.register(memberExport, { ...options.memberExport, log: options.log })
  const { graphql } = await import('./graphql.js')
  await server.register(graphql, { ...options.graphql, metrics: options.metrics, log: options.log })
  return server
}

/** Anybody can send one, and it goes into the log and into responses. */
const requestIdOf = (header: unknown): string | null => (typeof header === 'string' && /^[\w.:-]{8,64}$/.test(header) ? header : null)

const trusted = (proxies: HttpOptions['trustProxy']) =>
  typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies
