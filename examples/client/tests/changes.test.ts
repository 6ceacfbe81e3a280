import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import type { Outcome } from '../src/operation.js'
import { type Device, eventually, makeDevice } from './device.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const isDone = (outcome: Outcome) => expect(outcome, JSON.stringify(outcome)).toMatchObject({ done: true })

/** A device whose member has a scenario. */
async function withScenario(): Promise<{ device: Device; handle: string }> {
  const handle = randomUUID()
  const device = await makeDevice(app, handle)
  isDone(await device.perform('createScenario', { name: 'Leaving home' }))
  await device.load()
  return { device, handle }
}

const change = (device: Device, name: string) => {
  const [scenario] = device.shown()?.scenarios ?? []
  return device.perform('updateScenario', { id: scenario?.id as string, expectedVersion: scenario?.version as number, name })
}
const shownBy = async (device: Device) => (await device.load()).scenarios.map(({ name, version }) => ({ name, version }))
const isConflict = { done: false, failure: { code: 'VERSION_CONFLICT' } }

describe('changes of one scenario that wait', () => {
  // Mutation check: red without #rebase in queue.ts.
  test('do not conflict with each other', async () => {
    const { device } = await withScenario()
    device.proxy.isDown = true
    const outcomes = [change(device, 'Gym'), change(device, 'Pool'), change(device, 'Trip')]
    device.proxy.isDown = false
    for (const outcome of await Promise.all(outcomes)) isDone(outcome)
    expect(await shownBy(device)).toEqual([{ name: 'Trip', version: 4 }])
  })

  // Mutation check: red where #rebase leaves the storage as it is: the second one comes back as another operation under the same id.
  test('are sent as they were where the program ends before the response has come', async () => {
    const { device } = await withScenario()
    device.proxy.isDown = true
    const outcomes = [change(device, 'Gym'), change(device, 'Pool')]
    device.proxy.loses = (body) => body.includes('"Pool"')
    device.proxy.isDown = false
    isDone((await outcomes[0]) as Outcome)
    await eventually(() => device.proxy.lost).toBeGreaterThan(0)
    device.proxy.isDown = true
    await device.close()

    const rejected: string[] = []
    const again = await makeDevice(app, null, { storage: device.storage })
    again.onRejected(({ outcome }) => rejected.push(outcome.failure.code))
    await again.queue.idle()
    expect(rejected).toEqual([])
    expect(await shownBy(again)).toEqual([{ name: 'Pool', version: 3 }])
  })

  // Mutation check: red where rebase.ts takes whatever version the payload has: what the other device did is lost.
  test('conflict with what another device has done between', async () => {
    const { device, handle } = await withScenario()
    const other = await makeDevice(app, handle)
    device.proxy.isDown = true
    const outcomes = [change(device, 'Gym'), change(device, 'Pool')]
    device.proxy.loses = () => {
      device.proxy.isDown = true
      return true
    }
    device.proxy.isDown = false
    await eventually(() => device.proxy.lost).toBe(1)
    await other.load()
    isDone(await change(other, 'Trip'))
    device.proxy.loses = () => false
    device.proxy.isDown = false
    expect(await Promise.all(outcomes)).toMatchObject([{ done: true }, isConflict])
    expect(await shownBy(other)).toEqual([{ name: 'Trip', version: 3 }])
  })

  test('all conflict where the first one does', async () => {
    const { device, handle } = await withScenario()
    const other = await makeDevice(app, handle)
    await other.load()
    device.proxy.isDown = true
    const outcomes = [change(device, 'Gym'), change(device, 'Pool')]
    isDone(await change(other, 'Trip'))
    device.proxy.isDown = false
    expect(await Promise.all(outcomes)).toMatchObject([isConflict, isConflict])
  })
})

// Mutation check: red where queue.ts does not rebase what is performed: the screen's version is of before the change that is on its way.
test('a change that was begun while the one before was on its way does not conflict with it', async () => {
  const { device } = await withScenario()
  device.proxy.isDown = true
  const before = change(device, 'Gym')
  const [seen] = device.shown()?.scenarios ?? []
  expect(seen?.name).toBe('Gym')
  device.proxy.isDown = false
  isDone(await before)
  isDone(await device.perform('updateScenario', { id: seen?.id as string, expectedVersion: seen?.version as number, memo: 'Hurry' }))
  expect(await shownBy(device)).toEqual([{ name: 'Gym', version: 3 }])
})

// Mutation check: red without seenVersion in doorstep.ts.
test('a change that waits behind one that expects no version does not conflict with it', async () => {
  const { device } = await withScenario()
  device.proxy.isDown = true
  const [seen] = device.shown()?.scenarios ?? []
  const outcomes = [device.perform('updateScenario', { id: seen?.id as string, memo: 'Hurry' }), change(device, 'Gym')]
  device.proxy.isDown = false
  for (const outcome of await Promise.all(outcomes)) isDone(outcome)
  expect(await shownBy(device)).toEqual([{ name: 'Gym', version: 3 }])
})
