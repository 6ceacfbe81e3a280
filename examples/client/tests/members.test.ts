import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import type { Operation, Sent } from '../src/operation.js'
import { OfflineQueue } from '../src/queue.js'
import { memoryStorage } from '../src/storage.js'
import { eventually, makeDevice } from './device.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const backoff = { firstMs: 1, mostMs: 1, random: () => 0.5 }

/** What is asked of a queue's send, and how it is answered. */
function slowQueue(storage = memoryStorage()) {
  const sent: { names: string[]; settle(outcomes: Sent[]): void }[] = []
  const nameOf = ({ input }: Operation) => (input as { name: string }).name
  const queue = new OfflineQueue({
    storage,
    backoff,
    send: (operations) => new Promise((settle) => sent.push({ names: operations.map(nameOf), settle })),
    onCome: () => {},
    onGo: () => {},
  })
  onTestFinished(() => void queue.stop())
  return { queue, sent }
}

// Mutation check: red where sendAll ends with the request of the one before: it is waited for, and nobody starts it anew.
test('what a member has kept is sent when they sign in while a request of the one before is on its way', async () => {
  const storage = memoryStorage()
  const earlier = slowQueue(storage)
  earlier.queue.open('second')
  void earlier.queue.perform('createScenario', { name: 'of the second' })
  await eventually(() => earlier.sent.length).toBe(1)

  const { queue, sent } = slowQueue(storage)
  queue.open('first')
  void queue.perform('createScenario', { name: 'of the first' })
  await eventually(() => sent.length).toBe(1)
  queue.close()
  queue.open('second')
  sent[0]?.settle(['signedOut'])
  await eventually(() => sent[1]?.names).toEqual(['of the second'])
})

// Mutation check: red without the look at the batch in sendNext.
test('what was still being stored when its member signed out is not sent as the next one', async () => {
  let stored = () => {}
  const set = () =>
    new Promise<void>((resolve) => {
      stored = resolve
    })
  const storage = { ...memoryStorage(), set }
  const { queue, sent } = slowQueue(storage)
  queue.open('first')
  void queue.perform('createScenario', { name: 'of the first' })
  await new Promise((resolve) => setTimeout(resolve, 10))
  queue.close()
  queue.open('second')
  stored()
  void queue.perform('createScenario', { name: 'of the second' })
  stored()
  await eventually(() => sent.length).toBe(1)
  expect(sent[0]?.names).toEqual(['of the second'])
})

// Mutation check: red without the looks at the member in links.ts and session.ts, of which either is enough: it is sent as the other one.
test('where another tab signs in as somebody else, what this one has kept is not done as them', async () => {
  const [storage, handle] = [memoryStorage(), randomUUID()]
  const tab = await makeDevice(app, handle, { storage })
  await tab.load()
  const otherTab = await makeDevice(app, null, { storage })
  await otherTab.session.signOut()
  await otherTab.session.signInForDevelopment({ handle: randomUUID(), timeZone: 'UTC' })
  const states: unknown[] = []
  tab.session.onChange((state) => states.push(state))
  expect(await tab.perform('createScenario', { name: 'Gym' })).toMatchObject({ done: false, failure: { code: 'SIGNED_OUT' } })
  expect(states).toEqual([{ memberId: otherTab.session.memberId }])
  expect((await otherTab.load()).scenarios).toEqual([])
  expect((await tab.load()).scenarios).toEqual([])
  expect(tab.proxy.forwarded.filter((body) => body.includes('CreateScenario'))).toHaveLength(1)
  await tab.session.signInForDevelopment({ handle, timeZone: 'UTC' })
  await eventually(async () => (await tab.load()).scenarios.map(({ name }) => name)).toEqual(['Gym'])
})
