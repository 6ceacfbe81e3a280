import { randomUUID } from 'node:crypto'
import type { Database } from '../database/database.js'
import type { Context } from '../graphql/context.js'
import { CachedDocument } from '../graphql/document-cache.js'
import type { Log } from '../log.js'
import type { GraphQL } from './graphql.js'

/** How many connections are opened and prepare the hot statements; others do so when needed. */
const connections = 8

/**
 * The most frequent requests, of a member that does not exist: nothing is found or changed.
 * Each has one root field, so that concurrent runs take one connection each.
 */
const hot: [document: string, variables: object][] = [
  ['query Me { me { nickname today } }', {}],
  [
    `query List { scenarios { id name memo version basicMissions { id content version }
       checklist { date phase closed checkedCount totalCount items { id missionId type content isChecked } }
       notification { active method daysOfWeek time } } }`,
    {},
  ],
  ['query Poll { notifications { etag notModified items { scenarioId name memo method daysOfWeek time } } }', {}],
  [
    `mutation Check($input: CheckMissionInput!) { checkMission(input: $input) {
       item { id missionId type content isChecked } checklist { date checkedCount totalCount } } }`,
    { input: { missionId: randomUUID(), isChecked: true } },
  ],
]

type Warm = { database: Pick<Database, 'prisma'>; graphql: GraphQL; log: Log }

/**
 * Warms the process up before it is ready: a first list took 345 ms, the same a moment later 24.
 * Runs past the pipeline, so that nothing is counted. A failure here fails no start.
 */
export async function warmUp({ database, graphql, log }: Warm): Promise<void> {
  const { documents, executor, persisted } = graphql
  const since = performance.now()
  try {
    await Promise.all(Array.from({ length: connections }, () => database.prisma.$queryRaw`SELECT 1 AS warm`))
    for (const { text, digest } of persisted?.all ?? []) {
      const document = documents.getOrLoad(text, digest)
      if (document instanceof CachedDocument && document.valid) for (const operation of document.operations) executor.prepare(operation)
    }
    const context: Context = {
      memberId: randomUUID(),
      sessionId: null,
      ip: '',
      requestId: 'warm-up',
      log,
      streams: graphql.streams,
      outcome: {},
    }
    for (const [text, variables] of hot) {
      const document = documents.getOrLoad(text)
      const operation = document instanceof CachedDocument ? document.find(null) : undefined
      if (!operation) throw new Error(`This document can't be run: ${text}`)
      const run = () => executor.execute(operation, { ...context }, { ...variables })
      await run()
      executor.prepare(operation)
      await Promise.all(Array.from({ length: connections }, run))
    }
    log.info({ ms: Math.round(performance.now() - since), documents: documents.size }, 'warm: ready for the first request')
  } catch (err) {
    log.warn({ err }, 'the process could not be warmed up, and starts cold')
  }
}
