import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { memoryStorage } from '../src/storage.js'
import { eventually, makeDevice } from './device.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const entry = (parts: object) => JSON.stringify({ operationId: randomUUID(), ...parts })

// Mutation check: each is red without its part: the look for the mutation in send.ts, `hint ?? {}` in readEntry, the catch in cache.ts and in readEntry.
test.each([
  [
    'another version of the app knows alone',
    entry({ name: 'paintScenario', input: { color: 'RED' }, hint: {} }),
    ['paintScenario: BAD_REQUEST'],
  ],
  ['has no hint', entry({ name: 'addTodayMission', input: { scenarioId: 'x', content: 'x' } }), ['addTodayMission: BAD_USER_INPUT']],
  ['can not be shown', entry({ name: 'updateScenario', input: null, hint: {} }), ['updateScenario: BAD_USER_INPUT']],
  ['was cut while it was stored', '{"operationId":', []],
])('one operation in the storage that %s keeps no other from being sent', async (_, text, rejections) => {
  const storage = memoryStorage()
  const first = await makeDevice(app, randomUUID(), { storage })
  await first.load()
  first.proxy.isDown = true
  void first.perform('createScenario', { name: 'Kept' })
  await eventually(async () => (await storage.keys('doorstep.queue.')).length).toBe(1)
  await first.close()
  await storage.set(`doorstep.queue.${first.session.memberId}.000000000000001.${randomUUID()}`, text)

  const second = await makeDevice(app, null, { storage })
  const rejected: string[] = []
  second.onRejected(({ operation: { name, hint }, outcome }) => rejected.push(`${name}: ${outcome.failure.code}${Object.keys(hint)}`))
  expect(await second.perform('createScenario', { name: 'New' })).toMatchObject({ done: true })
  expect((await second.load()).scenarios.map(({ name }) => name)).toEqual(['New', 'Kept'])
  expect(rejected).toEqual(rejections)
})
