import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../src/log.js'
import { createRedis } from '../../src/redis/redis.js'
import { appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, checkMission, lines, makeMember, moveScenario } from '../support/client.js'
import { deleteScenario, notificationAt, readFeed, setNotificationsActive, updateScenario } from '../support/feed.js'
import { RedisForATest } from '../support/redis.js'

/** A member's life, with all that ids and instants make different taken out. */
async function live(app: TestApp) {
  const client = await makeMember(app, { timeZone: 'Asia/Seoul' })
  /** No request may take two seconds, whatever Redis does; more only as far as the machine is busy with other things. */
  const timed = async <T>(action: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    const sinceMs = () => performance.now() - started
    const elsewhereMs = client.run('{ me { id } }').then(sinceMs)
    const result = await action()
    const tookMs = sinceMs()
    expect(tookMs).toBeLessThan(2_000 + 3 * (await elsewhereMs))
    return result
  }
  const ids: string[] = []
  const add = async (input: object) => {
    const made = await timed(() => addScenario(client, input))
    ids.push(made.id)
    return made
  }
  const gym = await add({ name: 'Gym', notification: notificationAt('18:00') })
  const home = await add({ name: 'Leaving home', memo: 'Windows', basicMissions: lines('Keys', 'Phone') })
  const trip = await add({ name: 'Trip', notification: { ...notificationAt('05:00'), active: false } })
  const answers = []
  for (const step of [
    () => readFeed(client),
    () => setNotificationsActive(client, true),
    () => updateScenario(client, { id: gym.id, memo: 'Monday is legs' }),
    () => readFeed(client),
    () => client.run(moveScenario, { input: { id: trip.id, prevId: gym.id, nextId: null } }),
    () => client.run(checkMission, { input: { missionId: home.basicMissions[0]?.id, isChecked: true } }),
    () => client.run(addTodayMission, { input: { scenarioId: home.id, content: 'Umbrella' } }),
    () => client.rejection(moveScenario, { input: { id: trip.id, prevId: trip.id, nextId: null } }),
    () => readFeed(client),
    () => deleteScenario(client, gym.id),
    () => readFeed(client),
    () =>
      client.run(
        '{ scenarios { name memo notification { active time } checklist { checkedCount totalCount items { content isChecked } } } }',
      ),
    () => setNotificationsActive(client, false),
    () => readFeed(client),
  ]) {
    answers.push(await timed<unknown>(step))
  }
  const { etag } = await readFeed(client)
  expect(await timed(() => readFeed(client, etag))).toEqual({ etag, notModified: true, items: null, places: null })
  return normal(answers, client, ids)
}

/** Ids become their place in the life; the feed's order by id becomes an order by time. */
function normal(answers: unknown[], { memberId }: Client, ids: string[]) {
  const text = JSON.stringify(answers, (key, value) =>
    key === 'items' && value?.[0]?.time
      ? value.toSorted((one: { time: string }, other: { time: string }) => one.time.localeCompare(other.time))
      : value,
  )
  const known = [...ids, memberId].reduce((result, id, index) => result.replaceAll(id, `#${index}`), text)
  return JSON.parse(known.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '#'))
}

/** Red when FeedCache lets a failed command through as an error. */
test('with no Redis at all everything works, with the same answers', async () => {
  const withRedis = await live(await appForThisTest())
  const without = await appForThisTest({ config: { REDIS_URL: 'redis://127.0.0.1:1' } })
  expect(await live(without)).toEqual(withRedis)
  const ready = await fetch(`${without.url}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({ redis: 'out of reach' })
})

/** Mutation check: red without commandTimeout: requests hang for as long as Redis does. */
test('a Redis that stops in the middle of its work makes no request hang, and is used again when it goes on', async () => {
  const redis = await RedisForATest.start()
  onTestFinished(() => redis.stop())
  const app = await appForThisTest({ config: { REDIS_URL: redis.url } })
  const expected = await live(app)
  const resume = await redis.freeze()
  try {
    expect(await live(app)).toEqual(expected)
    expect(await breaker(app)).toBeGreaterThan(0)
  } finally {
    resume()
  }
  await expect.poll(() => live(app).then(() => breaker(app)), { timeout: 30_000, interval: 300 }).toBe(0)
  expect(await live(app)).toEqual(expected)
})

test('a Redis that answers only just within its time makes no request take over two seconds', async () => {
  const redis = await RedisForATest.start()
  onTestFinished(() => redis.stop())
  const app = await appForThisTest({ config: { REDIS_URL: redis.url } })
  const expected = await live(app)
  redis.delay(300)
  expect(await live(app)).toEqual(expected)
})

async function breaker(app: TestApp) {
  const text = await (await fetch(`${app.url}/metrics`)).text()
  return Number(/^doorstep_feed_breaker_state (\d)$/m.exec(text)?.[1])
}

// Mutation check: red without `socketTimeout` in createRedis: each command fails for as long as the test waits.
test('a connection to Redis that falls silent is given up, and another one used', { timeout: 60_000 }, async () => {
  const server = await RedisForATest.start()
  onTestFinished(() => server.stop())
  const redis = createRedis(server.url, createLog('silent'))
  onTestFinished(() => redis.disconnect())
  await expect.poll(() => redis.ping().catch(() => null), { timeout: 10_000 }).toBe('PONG')
  server.forget()
  await expect(redis.ping()).rejects.toThrow()
  await expect.poll(() => redis.ping().catch(() => null), { timeout: 20_000 }).toBe('PONG')
})
