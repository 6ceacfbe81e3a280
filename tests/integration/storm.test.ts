import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { generateAccessTokenKey } from '../../src/auth/access-token.js'
import { settings } from '../../src/config.js'
import { addScenario, type Client, checkMission, lines, makeMember, moveScenario } from '../support/client.js'
import { readFeed, updateScenario } from '../support/feed.js'
import { startPostgresForATest } from '../support/postgres.js'
import { compile, startProcess } from '../support/processes.js'
import { query } from '../support/query.js'
import { RedisForATest } from '../support/redis.js'

/** `npm run test:long` runs it for a minute. */
const seconds = process.env.LONG ? 60 : 9
const members = 12

/** What a thing of one writer may be: what was acknowledged last, or a later try of which nobody knows. */
class Written {
  readonly candidates: Set<string>

  constructor(now: string) {
    this.candidates = new Set([now])
  }

  async write(value: string, request: () => Promise<unknown>): Promise<void> {
    this.candidates.add(value)
    await request()
    this.candidates.clear()
    this.candidates.add(value)
  }
}

/**
 * Mutation check: without the listener that database.ts gives each connection the process ends; without
 * `isDriverAdapterError` in `driverError` some requests are faults of ours.
 */
test(`${seconds} s of ended, restarted, hung and refusing stores under load: the process lives, and what it acknowledged is there`, {
  timeout: (seconds + 180) * 1_000,
}, async () => {
  await compile()
  const [postgres, redis] = await Promise.all([startPostgresForATest(), RedisForATest.start()])
  onTestFinished(async () => void (await Promise.all([postgres.stop(), redis.stop()])))
  const api = await startProcess({
    ...settings.parse({ NODE_ENV: 'test', RATE_LIMITS: 'false' }),
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    ACCESS_TOKEN_PRIVATE_KEY: await generateAccessTokenKey(),
  })
  onTestFinished(() => api.stop())

  const found = { acknowledged: 0, unavailable: 0, others: new Map<string, number>() }
  let running = true
  /** Sends until the load ends. */
  const repeat = async (send: (turn: number) => Promise<unknown>) => {
    for (let turn = 1; running; turn++) {
      try {
        await send(turn)
        found.acknowledged++
      } catch (error) {
        const { message } = error as Error
        if (message.includes('SERVICE_UNAVAILABLE')) found.unavailable++
        else found.others.set(message, (found.others.get(message) ?? 0) + 1)
        if (api.hasEnded()) return
        await sleep(20)
      }
    }
  }
  const world = await Promise.all(Array.from({ length: members }, () => makeWorld(api)))
  const load = Promise.all(
    world.flatMap(({ client, ids, missionId, written: { memo, order, check, nickname } }) => [
      repeat((turn) => memo.write(`${turn}`, () => updateScenario(client, { id: ids[0], memo: `${turn}` }))),
      repeat(async (turn) => {
        const [first, second] = turn % 2 ? ids.toReversed() : ids
        await order.write(`${first},${second}`, () => client.run(moveScenario, { input: { id: first, prevId: null, nextId: second } }))
      }),
      repeat((turn) => {
        const isChecked = turn % 2 === 1
        return check.write(`${isChecked}`, () => client.run(checkMission, { input: { missionId, isChecked } }))
      }),
      repeat((turn) => nickname.write(`${turn}`, () => rename(client, `${turn}`))),
      repeat(() => client.run(listQuery)),
      repeat(() => readFeed(client)),
    ]),
  )

  const end = (which: string) =>
    query(
      postgres.directUrl(),
      `SELECT pg_terminate_backend(pid) FROM (
        SELECT pid FROM pg_stat_activity WHERE application_name = 'doorstep' ORDER BY state = 'idle', random() ${which}) AS one`,
    )
  const disturbances: ((forMs: number) => Promise<unknown>)[] = [
    (forMs) => every(60, forMs, () => end('LIMIT 1')),
    (forMs) => every(500, forMs, () => end('')),
    () => postgres.restart(),
    () => redis.restart(),
    async (forMs) => {
      const resume = await redis.freeze()
      await sleep(forMs)
      resume()
    },
    async (forMs) => {
      redis.shut()
      await sleep(forMs)
      redis.open()
    },
  ]
  const disturb = async () => {
    const turns = (seconds < 60 ? 1 : 4) * disturbances.length
    const shareMs = (seconds * 1_000) / turns
    for (let turn = 0; turn < turns; turn++) {
      await Promise.all([disturbances[turn % disturbances.length]?.(shareMs), sleep(shareMs)])
      const before = found.acknowledged
      await expect.poll(() => api.hasEnded() || found.acknowledged > before + members, { timeout: 30_000 }).toBe(true)
    }
  }
  await disturb().finally(() => {
    running = false
  })
  await load

  expect(api.hasEnded()).toBe(false)
  expect(Object.fromEntries(found.others)).toEqual({})
  expect(api.faults).toEqual([])
  console.log(`storm: ${found.acknowledged} acknowledged, ${found.unavailable} unavailable`)
  expect(found.unavailable).toBeGreaterThan(0)
  for (const { client, ids, written } of world) {
    const { me, scenarios } = await client.run(listQuery)
    const checked = scenarios.find(({ id }: { id: string }) => id === ids[0])
    expect(written.memo.candidates).toContain(checked.memo)
    expect(written.order.candidates).toContain(scenarios.map(({ id }: { id: string }) => id).join())
    expect(written.check.candidates).toContain(`${checked.checklist.items[0].isChecked}`)
    expect(written.nickname.candidates).toContain(me.nickname)
  }
})

const listQuery = '{ me { nickname } scenarios { id memo checklist { items { isChecked } } } }'

const rename = (client: Client, nickname: string) =>
  client.run('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { nickname } } }', { input: { nickname } })

/** A member with two scenarios, the first of which has a mission. */
async function makeWorld(api: { url: string }) {
  const client = await makeMember(api)
  await rename(client, '0')
  const second = await addScenario(client)
  const { id, basicMissions } = await addScenario(client, { memo: '0', basicMissions: lines('Keys') })
  const ids = [id, second.id]
  const written = { memo: new Written('0'), order: new Written(ids.join()), check: new Written('false'), nickname: new Written('0') }
  return { client, ids, missionId: basicMissions[0]?.id, written }
}

async function every(pauseMs: number, forMs: number, action: () => Promise<unknown>) {
  for (const endsAt = performance.now() + forMs; performance.now() < endsAt; await sleep(pauseMs)) await action()
}
