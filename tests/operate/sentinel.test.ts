import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { addScenario, Client, checkMission, lines, makeMember } from '../support/client.js'
import { notificationAt, readFeed, updateScenario } from '../support/feed.js'
import { type ApiProcess, startProcess } from '../support/processes.js'
import { startSentinels } from '../support/sentinels.js'
import { openStream } from '../support/streams.js'

const soon = { timeout: 90_000, interval: 100 }

/**
 * Two processes that serve and work, for members who check and poll, while the primary of their Redis is killed, and the next one hangs.
 *
 * Mutation check: red without `failoverDetector` in redis-url.ts: nothing ends the connections to a primary that hangs.
 */
test('a failover of Redis changes no answer, and everything uses the new primary seconds later', { timeout: 600_000 }, async () => {
  const sentinels = await startSentinels()
  const app = await appForThisTest()
  // Beyond a tenth of the limit operations are counted in Redis.
  const limits = { RATE_LIMITS: true, RATE_LIMIT_OPERATIONS_PER_MINUTE: 20_000 }
  const config = { ...app.config, ...limits, ROLE: 'all', MIGRATE_AT_START: false, REDIS_URL: sentinels.url }
  const processes = [await startProcess(config as never), await startProcess(config as never)]
  const load = new Load()
  const members = await Promise.all(Array.from({ length: 4 }, () => makeMember(app)))
  // A process listens to hints from its first stream on.
  for (const { url } of processes) await openStream(members[0] as Client, { url })
  const running = Promise.all(members.map((member, index) => load.run(member, processes[index % 2] as ApiProcess)))

  for (const [signal, how] of [
    ['SIGKILL', 'killed'],
    ['SIGSTOP', 'hung'],
  ] as const) {
    const before = (await sentinels.primary()) as number
    await expect.poll(() => inUse(sentinels.server(before), processes), soon).toEqual(whole)
    const since = performance.now()
    const seconds = () => Math.round((performance.now() - since) / 100) / 10
    const at = Date.now()
    sentinels.signal(before, signal)
    await expect.poll(async () => [null, before].includes(await sentinels.primary()), soon).toBe(false)
    const after = (await sentinels.primary()) as number
    const promoted = seconds()
    const server = sentinels.server(after)
    await expect.poll(() => inUse(server, processes), soon).toEqual(whole)
    const used = seconds()
    await expect.poll(() => lastJob(server), soon).toBeGreaterThan(at + 1_000 * promoted)
    console.log(
      `the primary was ${how}: another after ${promoted} s, all connections on it after ${used} s, a job by it after ${seconds()} s`,
    )
    sentinels.signal(before, 'SIGCONT')
  }
  load.done = true
  await running
  console.log(`${load.operations} operations, the slowest took ${Math.round(load.slowestMs)} ms`)
  expect(load.wrong).toEqual([])
  expect(load.operations).toBeGreaterThan(500)
  expect(processes.map(({ hasEnded }) => hasEnded())).toEqual([false, false])
  expect(processes.flatMap(({ faults }) => faults)).toEqual([])
  for (const process of processes) await process.stop()
})

const whole = { ready: ['ok', 'ok'], subscribers: 2, feeds: true, workers: 2 }

/** Whether the processes have reached it, listen to hints at it, cache feeds in it, and wait for jobs by it. */
async function inUse(server: Redis, processes: ApiProcess[]) {
  const ready = await Promise.all(processes.map(async ({ url }) => (await (await fetch(`${url}/readyz`)).json()).redis as string))
  const clients = String(await server.call('CLIENT', 'LIST').catch(() => ''))
  const [, subscribers] = (await server.call('PUBSUB', 'NUMSUB', 'doorstep:changes:3').catch(() => [])) as [string, number]
  const feeds = await server.keys('notifications:*').catch(() => [])
  return { ready, subscribers, feeds: feeds.length > 0, workers: clients.match(/cmd=bzpopmin/g)?.length ?? 0 }
}

/** When the last job that came through the queue was finished, by the worker's clock. */
const lastJob = async (server: Redis) =>
  Number((await server.zrange('{bull}:doorstep-jobs:completed', 0, 0, 'REV', 'WITHSCORES').catch(() => []))[1] ?? 0)

class Load {
  done = false
  operations = 0
  slowestMs = 0
  readonly wrong: string[] = []

  /** Checks, and looks what the list says; moves the time of a notification, and looks what the feed says. */
  async run({ token, memberId }: Client, { url }: ApiProcess) {
    const client = new Client(url, token, memberId)
    const scenario = await addScenario(client, { basicMissions: lines('Keys'), notification: notificationAt() })
    const missionId = scenario.basicMissions[0]?.id
    for (let turn = 0; !this.done; turn++) {
      const isChecked = turn % 2 === 0
      const time = `0${turn % 10}:${10 + (turn % 50)}`
      try {
        await this.#timed(() => client.run(checkMission, { input: { missionId, isChecked } }))
        const { scenarios } = await this.#timed(() => client.run('{ scenarios { checklist { items { isChecked } } } }'))
        if (scenarios[0].checklist.items[0].isChecked !== isChecked) this.wrong.push(`a check is not told, turn ${turn}`)
        await this.#timed(() => updateScenario(client, { id: scenario.id, notification: notificationAt(time) }))
        for (let poll = 0; poll < 3; poll++) {
          const { items } = await this.#timed(() => readFeed(client))
          if (items?.[0]?.time !== time) this.wrong.push(`the feed says ${items?.[0]?.time} in place of ${time}`)
        }
      } catch (error) {
        this.wrong.push(String(error))
      }
    }
  }

  async #timed<T>(operation: () => Promise<T>): Promise<T> {
    const since = performance.now()
    try {
      return await operation()
    } finally {
      this.operations++
      this.slowestMs = Math.max(this.slowestMs, performance.now() - since)
    }
  }
}
