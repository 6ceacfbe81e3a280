import { readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { expect, test } from 'vitest'
import { CachedDocument, DocumentCache } from '../../src/graphql/document-cache.js'
import { Executor } from '../../src/graphql/executor.js'
import { OperationMetrics } from '../../src/graphql/operation-metrics.js'
import { createLog } from '../../src/log.js'
import { Metrics } from '../../src/metrics/metrics.js'
import { heapMegabytes } from '../support/heap.js'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) field.resolve = async () => null

const limits = { tokens: 2_000, depth: 10, aliases: 60, directives: 30, fragments: 60, cost: 1_000_000, introspection: true }
const context = {
  memberId: 'm',
  sessionId: null,
  ip: '',
  requestId: '',
  log: createLog('silent'),
  streams: { open: () => Promise.reject() },
  outcome: {},
}
const cacheMegabytes = 64

/** Megabytes that are in use after so many documents were looked up and run three times each. */
async function growth(count: number, documentOf: (index: number) => string): Promise<number> {
  const documents = new DocumentCache(schema, limits)
  const metrics = new OperationMetrics(new Metrics())
  const executor = new Executor(schema, { executor: 'jit', timeoutMs: 1_000, publicFields: new Set(), metrics, tracing: null })
  const before = heapMegabytes()
  for (let index = 0; index < count; index++) {
    const document = documents.getOrLoad(documentOf(index))
    if (!(document instanceof CachedDocument)) throw new Error(JSON.stringify(document))
    const [operation] = document.operations
    if (!operation || !document.valid) throw new Error('The document is not valid.')
    for (let turn = 0; turn < 3; turn++) await executor.execute(operation, context, {})
  }
  const grown = heapMegabytes() - before
  // What has been measured must still be there.
  expect(documents.getOrLoad(documentOf(count - 1))).toBeInstanceOf(CachedDocument)
  return grown
}

const times = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join(' ')
const everything = `id name memo version createdAt updatedAt notification { active method daysOfWeek time }
  basicMissions { id content version } checklist { date phase closed checkedCount totalCount items { id missionId type content isChecked } }`

// Mutation check: with `maxSize` in document-cache.ts taken tenfold, each of the large kinds holds over 100 MB.
test.each<[string, number, (index: number) => string]>([
  ['small', 4_000, (index) => `query Q${index} { me { id } }`],
  ['usual', 1_500, (index) => `query Q${index} { scenarios { ${everything} } }`],
  ['long', 1_000, (index) => `{ me { id } } #${index} ${'x'.repeat(150_000)}`],
  ['wide', 300, (index) => `query Q${index} { ${times(30, (n) => `a${n}: scenario(id: "${index}") { id name memo version }`)} }`],
  ['too wide to be compiled', 250, (index) => `query Q${index} { ${times(60, (n) => `a${n}: scenario(id: "${index}") { id name }`)} }`],
  [
    'written out by fragments',
    300,
    (index) =>
      `query Q${index} { ${times(10, (n) => `a${n}: scenario(id: "${index}") { ...F }`)} } fragment F on Scenario { ${everything} }`,
  ],
  [
    'with many variables',
    300,
    (index) =>
      `query Q${index} (${times(40, (n) => `$v${n}: String`)}) { ${times(40, (n) => `a${n}: notifications(ifNoneMatch: $v${n}) { etag }`)} }`,
  ],
])('documents are kept up to a size that is true for those that are %s', async (_kind, count, documentOf) => {
  const grown = await growth(count, documentOf)
  console.log(`${_kind}: ${grown.toFixed(1)} MB`)
  expect(grown).toBeLessThan(cacheMegabytes)
})
