import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import type { Alarms } from '../src/feed.js'
import type { NotificationInput } from '../src/generated/graphql.js'
import { memoryStorage } from '../src/storage.js'
import { eventually, makeDevice } from './device.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const notification: NotificationInput = { active: true, method: 'ALARM', daysOfWeek: ['MONDAY'], time: '07:30' }

test('the alarms of a device follow what another one sets, and are told once for each change', async () => {
  const handle = randomUUID()
  const storage = memoryStorage()
  const phone = await makeDevice(app, handle, { storage, feedEveryMs: 20 })
  const told: Alarms[] = []
  phone.feed.onChange((alarms) => told.push(alarms))
  const tablet = await makeDevice(app, handle)
  const polls = () => phone.proxy.forwarded.filter((body) => body.includes('NotificationFeed')).length
  await eventually(polls).toBeGreaterThan(3)
  await tablet.perform('createScenario', { name: 'Gym', notification })
  await eventually(() => phone.feed.alarms.times).toMatchObject([{ name: 'Gym', time: '07:30', method: 'ALARM' }])
  const before = polls()
  await eventually(polls).toBeGreaterThan(before + 3)
  expect(told.filter(({ times }) => times.length > 0)).toHaveLength(1)
  await phone.close()

  const restarted = await makeDevice({ url: 'http://127.0.0.1:1' }, null, { storage, feedEveryMs: 60_000 })
  await eventually(() => restarted.feed.alarms.times).toMatchObject([{ name: 'Gym' }])
})

// Mutation check: red where FeedPoller.start throws what the storage throws, or what JSON.parse does.
test.each([
  ['can not be read', () => Promise.reject(new Error('The storage is blocked.'))],
  ['was cut', async () => '{"etag":'],
])('where the copy of the alarms in the storage %s, they are asked for', async (_, get) => {
  const inner = memoryStorage()
  const storage = { ...inner, get: (key: string) => (key.startsWith('doorstep.feed.') ? get() : inner.get(key)) }
  const phone = await makeDevice(app, randomUUID(), { storage, feedEveryMs: 20 })
  await phone.perform('createScenario', { name: 'Gym', notification })
  await eventually(() => phone.feed.alarms.times).toMatchObject([{ name: 'Gym' }])
})
