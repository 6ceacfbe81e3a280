import { randomUUID } from 'node:crypto'
import type { Database } from '../database/database.js'
import type { Context } from '../graphql/context.js'
import { CachedDocument } from '../graphql/document-cache.js'
import type { Log } from '../log.js'
import type { GraphQL } from './graphql.js'

/** So many connections are opened and know the hot statements; the others do when they are needed. */
const connections = 8

/**
 * What members ask most: who they are, the list with its checklists, a poll, a check. Of nobody, so that there is nothing to be found or changed.
 * One root field each: as many at once as there are connections then take one each.
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
 * Opens connections, prepares the hot statements on each, and compiles what will run most, before a process says that it is ready: a first
 * list took 345 ms, the same a moment later 24. Past the pipeline, so that nothing of it is counted. What fails here fails no start.
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
