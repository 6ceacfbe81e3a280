import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { startComposeProxy } from '../support/haproxy.js'
import { liveThrough } from '../support/load.js'
import { scrape } from '../support/metrics.js'
import { type ApiProcess, startProcess } from '../support/processes.js'

const soon = { timeout: 30_000, interval: 200 }

/**
 * `docker compose up --scale api=3` and back, as the proxy of docker-compose.yml sees it: from one API process to three, and to the one that came
 * last, while members go on. Each listens at an address of its own, at port 4000, as in a container.
 *
 * Mutation check: red with one slot in `server-template` (the new ones get nothing), and without DRAIN_SECONDS (requests fail while one goes).
 */
test.skipIf(process.getuid?.() !== 0)('members see nothing of API processes that come and go', { timeout: 180_000 }, async () => {
  const app = await appForThisTest()
  const start = (address: string) =>
    startProcess({ ...app.config, MIGRATE_AT_START: false, HOST: address, DRAIN_SECONDS: 7, WARM_UP: true } as never, { port: 4000 })
  const [first, second, third] = ['127.0.1.1', '127.0.1.2', '127.0.1.3']
  const one = await start(first)
  const proxy = await startComposeProxy([first])
  const load = liveThrough(proxy.url, { signedInAt: app.url })

  const others = [await start(second), await start(third)] as [ApiProcess, ApiProcess]
  proxy.scale([first, second, third])
  for (const process of [one, ...others]) await expect.poll(() => servedBy(process), soon).toBeGreaterThan(50)

  const before = load.seen.operations
  proxy.scale([third])
  await Promise.all([one.stop(), others[0].stop()])
  await expect.poll(() => load.seen.operations, soon).toBeGreaterThan(before + 200)
  const { operations, failed, slowestMs } = await load.end()
  console.log(`${operations} operations, the slowest took ${Math.round(slowestMs)} ms`)
  expect(failed).toEqual([])
  expect([one, ...others].flatMap(({ faults }) => faults)).toEqual([])
})

/** How many GraphQL requests a process has served. */
async function servedBy(process: ApiProcess): Promise<number> {
  const responses = (await scrape(process)).get('doorstep_graphql_responses_total')?.values.values() ?? []
  return [...responses].reduce((sum, count) => sum + count, 0)
}
