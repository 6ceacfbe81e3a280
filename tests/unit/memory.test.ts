import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import { DocumentGate } from '../../src/graphql/limits/document-gate.js'
import { Operations } from '../../src/graphql/operations.js'
import { createLog } from '../../src/log.js'
import { heapMegabytes } from '../support/heap.js'

const schema = buildSchema('type Query { scenarios: [Scenario] } type Scenario { id: ID name: String memo: String }')
const limits = { tokens: 2_000, depth: 10, aliases: 60, directives: 30, cost: 30_000 }

/** How many megabytes more are in use after work has been done so often, where some of it was done before. */
async function growth(times: number, work: (index: number) => unknown): Promise<number> {
  for (let index = -100; index < 0; index++) await work(index)
  const before = heapMegabytes()
  for (let index = 0; index < times; index++) await work(index)
  return heapMegabytes() - before
}

// Red without `maxSize` in document-gate.ts: 28 MB; with it 3.
test('long documents that were let through are remembered up to a number of characters', async () => {
  const gate = new DocumentGate(schema, limits)
  const comment = 'x'.repeat(15_000)
  const grown = await growth(2_200, (index) => gate.check(`{ scenarios { id } } #${index} ${comment}`))
  expect(grown).toBeLessThan(12)
})

// Red without `max` in document-gate.ts: 15 MB; with it 1.
test('short documents that were let through are remembered up to a number of them', async () => {
  const gate = new DocumentGate(schema, limits)
  const grown = await growth(30_000, (index) => gate.check(`{ scenarios { id } } #${index}`))
  expect(grown).toBeLessThan(8)
})

// Red without `max` in operations.ts: 9 MB; with it 2.
test('compiled operations are kept up to a number of them', async () => {
  const operations = new Operations(schema, { executor: 'jit', jsonFields: {}, timeoutMs: 1_000 })
  const context = { memberId: null, requestId: '', ip: '127.0.0.1', log: createLog('silent') }
  const fields = Array.from({ length: 60 }, (_, index) => `a${index}: name`)
  const document = parse(`{ scenarios { ${fields.join(' ')} } }`)
  const grown = await growth(1_500, (index) =>
    operations.prepare({ source: String(index), document, operationName: undefined })(context, {}),
  )
  expect(grown).toBeLessThan(5)
})
