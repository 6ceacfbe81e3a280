import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GraphQLSchema } from 'graphql'
import { type Clock, systemClock } from './clock.js'
import type { Base } from './composition/base.js'
import { createHttp } from './composition/http.js'
import { createJobs } from './composition/jobs.js'
import { createServices } from './composition/services.js'
import { createStores } from './composition/stores.js'
import { type AppConfig, drainSecondsOf, warmsUp } from './config.js'
import type { Log } from './log.js'
import { Metrics } from './metrics/metrics.js'
import type { Tracing } from './tracing/tracing.js'

export type App = Awaited<ReturnType<typeof createApp>>

/** The composition root: constructs everything, wires it, and opens no port. */
export async function createApp(config: AppConfig, { log, clock = systemClock }: { log: Log; clock?: Clock }) {
  let isStopping = false
  const base: Base = { config, clock, metrics: new Metrics(), tracing: await createTracing(config), log }
  const stores = createStores(base)
  const services = await createServices(base, stores)
  const { runner, scheduler } = await createJobs(base, stores, services)
  // Loaded only where needed: graphql, graphql-jit and Apollo Server are a fifth of a start.
  const graphql = config.ROLE === 'worker' ? null : await (await import('./composition/graphql.js')).createGraphql(base, services)
  const http = await createHttp(base, { stores, services, graphql, scheduler, stopping: () => isStopping })

  return {
    database: stores.database.prisma,
    closing: services.closing,
    runner,
    scheduler,
    get schema(): GraphQLSchema {
      if (!graphql) throw new Error('A worker has no schema.')
      return graphql.schema
    },
    metrics: base.metrics,
    http,
    /** Listens once the clock is compared and, if configured, warm; gives the address. */
    async listen(): Promise<string> {
      await services.clockSkew.start()
      await services.revokedSessions.start()
      if (graphql && warmsUp(config)) {
        const { warmUp } = await import('./composition/warm-up.js')
        await warmUp({ database: stores.database, graphql, log })
      }
      await http.listen({ host: config.HOST, port: config.PORT })
      const { port } = http.server.address() as AddressInfo
      return `http://${config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST}:${port}`
    },
    /** No longer ready, serves until that is seen, ends what is under way, closes what it used. */
    async stop(): Promise<void> {
      isStopping = true
      services.clockSkew.stop()
      services.revokedSessions.stop()
      const drainSeconds = drainSecondsOf(config)
      if (http.server.listening && drainSeconds > 0) {
        log.info({ drainSeconds }, 'stopping: not ready any more, and still serving, with connection: close')
        await sleep(drainSeconds * 1_000)
      }
      log.info('stopping: no new connections; ending the streams, finishing the requests under way')
      services.live.stop()
      await http.close()
      await graphql?.apollo.stop()
      if (scheduler) log.info('stopping: letting jobs come to the end of a chunk')
      await scheduler?.stop()
      log.info('stopping: closing the connections to PostgreSQL and Redis')
      await stores.close()
      await base.tracing?.stop()
    },
  }
}

/** Null, without loading OpenTelemetry, where no collector is configured. */
async function createTracing(config: AppConfig): Promise<Tracing | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = config
  if (!endpoint) return null
  const { startTracing } = await import('./tracing/open-telemetry.js')
  return startTracing({ endpoint, ratio, instance: `${hostname()}:${process.pid}` })
}
