import { expect, test } from 'vitest'
import { appForThisTest, type TestApp } from '../support/app.js'
import { scrape } from '../support/metrics.js'

/** How many connections know the statement of a list. */
async function preparedOn({ database }: TestApp, connections: number): Promise<number> {
  const rows = await Promise.all(
    Array.from({ length: connections }, async () => {
      const [row] = await database.$queryRaw<[{ pid: number; count: number }]>`
        SELECT pg_backend_pid() AS pid, pg_sleep(0.2)::text,
               (SELECT count(*)::int FROM pg_prepared_statements WHERE statement LIKE '%template_revision%unnest%') AS count`
      return row
    }),
  )
  return new Set(rows.filter(({ count }) => count > 0).map(({ pid }) => pid)).size
}

// Mutation check: red with one run of each document (warm-up.ts), and with `me` in the document of the list.
test('a process that warms up knows the hot statements on its connections before its first request, and has counted none', async () => {
  const app = await appForThisTest({ config: { WARM_UP: true } })
  expect(await preparedOn(app, 8)).toBe(8)
  const metrics = await scrape(app)
  expect(metrics.get('doorstep_graphql_operations_total')?.values.size).toBe(0)
  expect(metrics.get('doorstep_document_cache_entries')?.values.get('')).toBe(4)
  expect(await app.database.mission.count(), 'and has changed nothing').toBe(0)
})

test('the documents of PERSISTED_DOCUMENTS_FILE are compiled before the first request', async () => {
  const app = await appForThisTest({ config: { WARM_UP: true, PERSISTED_DOCUMENTS_FILE: 'tests/support/persisted/apollo-manifest.json' } })
  expect((await scrape(app)).get('doorstep_document_cache_entries')?.values.get('')).toBeGreaterThan(4)
})

test('a database that is away keeps no process from its start', async () => {
  const app = await appForThisTest({ config: { WARM_UP: true, DATABASE_URL: 'postgresql://x:x@127.0.0.1:1/x' } })
  expect((await fetch(`${app.url}/livez`)).status).toBe(200)
})
