// Hazard 5: The ETag refresh race (docs/concurrency.md).
import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { addScenario, Client, makeMember } from '../support/client.js'
import { atThePlace, type Feed, notificationAt, readFeed, updateScenario } from '../support/feed.js'
import { type ApiProcess, compile, startProcess } from '../support/processes.js'

async function count({ url }: ApiProcess, name: string) {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^doorstep_feed_${name}_total (\\d+)$`, 'm').exec(text)?.[1])
}

const rounds = process.env.LONG === 'true' ? 10 : 1

/**
 * That misses of one process share a load, and that one process waits for another's fill, is shown in feed-cache.test.ts: here
 * the machine's load decides.
 */
test('1,000 simultaneous readers of a cold feed over three processes: one fill, a handful of loads', { timeout: 180_000 }, async () => {
  await compile()
  const { config, url } = await appForThisTest()
  const member = await makeMember({ url })
  const scenarios = []
  for (let index = 0; index < 10; index++)
    scenarios.push(await addScenario(member, { notification: { ...atThePlace, ...(index % 2 ? {} : notificationAt()) } }))

  // A machine that is busy with other things may be slow: it is the loads that count here.
  const longTimeouts = { ...config, DATABASE_MAX_WAIT_MS: 60_000, DATABASE_STATEMENT_TIMEOUT_MS: 60_000 }
  const processes = await Promise.all([1, 2, 3].map(() => startProcess(longTimeouts)))
  const total = async (name: string) =>
    (await Promise.all(processes.map((process) => count(process, name)))).reduce((sum, value) => sum + value, 0)
  try {
    const clients = processes.map((process) => new Client(process.url, member.token))
    // Warm but for the feed: connections, compiled operations, the verified token.
    await Promise.all(clients.map((client) => client.run('{ notifications(ifNoneMatch: "") { etag } }')))
    for (let round = 0; round < rounds; round++) {
      await updateScenario(member, { id: scenarios[0]?.id, name: `Round ${round}` })
      const before = { fills: await total('fills'), loads: await total('loads') }
      const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => readFeed(clients[index % 3] as Client)))
      expect(new Set(answers.map((answer: Feed) => JSON.stringify(answer))).size).toBe(1)
      for (const entries of [answers[0]?.items, answers[0]?.places]) expect(entries?.map(({ name }) => name)).toContain(`Round ${round}`)
      expect([answers[0]?.items?.length, answers[0]?.places?.length]).toEqual([5, 10])
      expect((await total('fills')) - before.fills).toBe(1)
      expect((await total('loads')) - before.loads).toBeLessThanOrEqual(5)
    }
  } finally {
    await Promise.all(processes.map((process) => process.stop()))
  }
})
