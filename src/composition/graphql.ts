// type-graphql's decorators need it before any of them runs.
import 'reflect-metadata'

import { AuthResolver, DevelopmentSignInResolver, SessionResolver } from '../auth/auth.resolver.js'
import { DayResolver } from '../day/day.resolver.js'
import { createApollo } from '../graphql/apollo.js'
import { DocumentCache } from '../graphql/document-cache.js'
import { Executor } from '../graphql/executor.js'
import { FastPath } from '../graphql/fast-path.js'
import { publicFields } from '../graphql/guard.js'
import { OperationMetrics } from '../graphql/operation-metrics.js'
import { PersistedDocuments } from '../graphql/persisted-documents.js'
import { createSchema } from '../graphql/schema.js'
import { LiveResolver } from '../live/live.resolver.js'
import { MemberResolver } from '../member/member.resolver.js'
import { MissionResolver } from '../mission/mission.resolver.js'
import { NodeResolver } from '../node/node.resolver.js'
import { NotificationResolver } from '../notification/notification.resolver.js'
import { PauseResolver } from '../pause/pause.resolver.js'
import { ChecklistScenarioResolver, MemberScenariosResolver } from '../scenario/links.resolver.js'
import { RestoringResolver } from '../scenario/restoring.resolver.js'
import { ScenarioResolver } from '../scenario/scenario.resolver.js'
import { TemplateResolver } from '../scenario/template.resolver.js'
import { SyncResolver } from '../sync/sync.resolver.js'
import type { Base } from './base.js'
import type { Services } from './services.js'

export type GraphQL = Awaited<ReturnType<typeof createGraphql>>

/** The schema of the services, and the one pipeline by which its operations run. */
export async function createGraphql({ config, metrics, tracing, log }: Base, services: Services) {
  const development = config.NODE_ENV !== 'production'
  const schema = createSchema([
    new MemberResolver(services.members),
    new AuthResolver(services.auth, services.sessions),
    new SessionResolver(services.sessions),
    ...(development ? [new DevelopmentSignInResolver(services.auth)] : []),
    new NodeResolver(services.nodes),
    new SyncResolver(services.sync),
    new LiveResolver(),
    new ScenarioResolver(services.scenarios, services.moves),
    new RestoringResolver(services.scenarios),
    new MemberScenariosResolver(),
    new ChecklistScenarioResolver(),
    new TemplateResolver(services.templates),
    new MissionResolver(services.checks, services.offlineChecks, services.todayMissions),
    new DayResolver(services.history),
    new PauseResolver(services.pauses),
    new NotificationResolver(services.notifications),
  ])
  const introspection = config.GRAPHQL_INTROSPECTION ?? development
  const documents = new DocumentCache(schema, {
    tokens: config.GRAPHQL_MAX_TOKENS,
    depth: config.GRAPHQL_MAX_DEPTH,
    aliases: config.GRAPHQL_MAX_ALIASES,
    directives: config.GRAPHQL_MAX_DIRECTIVES,
    fragments: config.GRAPHQL_MAX_FRAGMENTS,
    cost: config.GRAPHQL_MAX_COST,
    introspection,
  })
  const executor = new Executor(schema, {
    executor: config.EXECUTOR,
    timeoutMs: config.OPERATION_TIMEOUT_MS,
    publicFields: publicFields(schema),
    metrics: new OperationMetrics(metrics),
    tracing,
  })
  metrics.total('doorstep_document_cache_hits_total', 'Requests whose document was known.', () => documents.hits)
  metrics.total('doorstep_document_cache_misses_total', 'Documents that had to be parsed, analyzed and validated.', () => documents.misses)
  metrics.gauge('doorstep_document_cache_entries', 'Documents that are known.', () => documents.size)
  const bytesHelp = 'What they hold, once all their operations are compiled: 64 MiB at most.'
  metrics.gauge('doorstep_document_cache_bytes', bytesHelp, () => documents.bytes)
  const apollo = createApollo(schema, { documents, executor, introspection, maxTokens: config.GRAPHQL_MAX_TOKENS, log })
  await apollo.start()
  return {
    schema,
    documents,
    executor,
    apollo,
    streams: services.live,
    // EXECUTOR=js is the reference: nothing is compiled, and everything goes through Apollo Server.
    fastPath: config.EXECUTOR === 'jit' ? new FastPath(executor) : null,
    persisted: config.PERSISTED_DOCUMENTS_FILE ? await PersistedDocuments.read(config.PERSISTED_DOCUMENTS_FILE) : null,
  }
}
