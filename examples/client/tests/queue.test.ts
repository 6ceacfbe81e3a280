import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { ManualClock } from '../../../tests/support/manual-clock.js'
import type { ChecklistFieldsFragment, ItemFieldsFragment } from '../src/generated/graphql.js'
import type { Outcome } from '../src/operation.js'
import { memoryStorage } from '../src/storage.js'
import { type Device, eventually, lines, makeDevice } from './device.js'

let app: TestApp
const clock = new ManualClock('2026-03-15T12:00:00Z')
beforeAll(async () => {
  app = await startTestApp({ clock })
})
afterAll(() => app.stop())

const byClock = { now: () => clock.now() }
const isDone = (outcome: Outcome) => expect(outcome, JSON.stringify(outcome)).toMatchObject({ done: true })

/** A device whose member has a scenario with these lines. */
async function withScenario(...contents: string[]): Promise<{ device: Device; handle: string }> {
  const handle = randomUUID()
  const device = await makeDevice(app, handle, byClock)
  isDone(await device.perform('createScenario', { name: 'Leaving home', basicMissions: lines(...contents) }))
  await device.load()
  return { device, handle }
}

const checklistOf = (device: Device) => device.shown()?.scenarios[0]?.checklist as ChecklistFieldsFragment
const orderOf = (device: Device) => device.shown()?.scenarios.map(({ id }) => id)
const tap = (device: Device, index: number, isChecked = true) => {
  const checklist = checklistOf(device)
  return device.check(checklist.items[index] as ItemFieldsFragment, checklist, isChecked)
}

describe('a check', () => {
  test('is shown at once, and stays', async () => {
    const { device } = await withScenario('Keys', 'Phone')
    const outcome = tap(device, 0)
    expect(checklistOf(device)).toMatchObject({ checkedCount: 1, items: [{ isChecked: true }, { isChecked: false }] })
    isDone(await outcome)
    expect(checklistOf(device)).toMatchObject({ checkedCount: 1, items: [{ isChecked: true }, { isChecked: false }] })
  })

  test('that the server rejects is no longer shown', async () => {
    const { device, handle } = await withScenario('Keys', 'Phone')
    const other = await makeDevice(app, handle, byClock)
    const [scenario] = (await other.load()).scenarios
    isDone(await other.perform('updateScenario', { id: scenario?.id as string, basicMissions: [] }))
    const rejected: string[] = []
    device.onRejected(({ outcome }) => rejected.push(outcome.failure.code))
    const outcome = tap(device, 0)
    expect(checklistOf(device).checkedCount).toBe(1)
    expect(await outcome).toMatchObject({ done: false, failure: { code: 'NOT_FOUND' } })
    expect(checklistOf(device).checkedCount).toBe(0)
    expect(rejected).toEqual(['NOT_FOUND'])
  })

  // Mutation check: red without operationId in send.ts, since the first device's retry checks it again.
  test('that was done, whose response was lost, does not undo what another device did since', async () => {
    const { device, handle } = await withScenario('Keys')
    const other = await makeDevice(app, handle, byClock)
    await other.load()
    device.proxy.loses = () => {
      device.proxy.isDown = true
      return true
    }
    const outcome = tap(device, 0)
    await eventually(() => device.proxy.lost).toBeGreaterThan(0)
    expect((await other.load()).scenarios[0]?.checklist.checkedCount).toBe(1)
    isDone(await tap(other, 0, false))
    device.proxy.loses = () => false
    device.proxy.isDown = false
    isDone(await outcome)
    expect((await other.load()).scenarios[0]?.checklist.checkedCount).toBe(0)
    expect((await device.load()).scenarios[0]?.checklist.checkedCount).toBe(0)
  })

  test('made before midnight by a phone that was away counts for its day', async () => {
    const { device } = await withScenario('Keys')
    device.proxy.isDown = true
    clock.set('2026-03-15T23:50:00Z')
    const outcome = tap(device, 0)
    clock.set('2026-03-16T08:00:00Z')
    device.proxy.isDown = false
    expect(await outcome).toMatchObject({ done: true, payload: { checklist: { date: '2026-03-15', checkedCount: 1, closed: true } } })
    expect((await device.load()).scenarios[0]?.checklist).toMatchObject({ date: '2026-03-16', checkedCount: 0 })
    clock.set('2026-03-15T12:00:00Z')
  })

  test('that makes no sense harms no other that is sent with it', async () => {
    const { device } = await withScenario('Keys')
    device.proxy.isDown = true
    const { items, date } = checklistOf(device)
    const input = { date, isChecked: true }
    const outcomes = [
      device.perform('checkMission', { ...input, missionId: 'nonsense' }),
      device.perform('checkMission', { ...input, missionId: items[0]?.missionId as string }),
    ]
    device.proxy.isDown = false
    expect(await Promise.all(outcomes)).toMatchObject([{ done: false, failure: { code: 'BAD_USER_INPUT' } }, { done: true }])
  })
})

describe('a device without a network', () => {
  test('shows what its member does, and sends all checks at once when the network is back', async () => {
    const { device } = await withScenario('Keys', 'Phone', 'Umbrella')
    device.proxy.isDown = true
    const outcomes = [tap(device, 0), tap(device, 1), tap(device, 2), tap(device, 1, false)]
    expect(checklistOf(device)).toMatchObject({ checkedCount: 2, items: [{ isChecked: true }, { isChecked: false }, { isChecked: true }] })
    const before = device.proxy.forwarded.length
    device.proxy.isDown = false
    for (const outcome of await Promise.all(outcomes)) isDone(outcome)
    expect(device.proxy.forwarded.slice(before).filter((body) => body.includes('checkMissions')).length).toBeLessThan(3)
    expect((await device.load()).scenarios[0]?.checklist.checkedCount).toBe(2)
  })

  // Mutation check: red without afterQueries in doorstep.ts: the list comes when the layers are there already.
  test('goes on after its program was ended and started anew, and shows at once what is still to be sent', async () => {
    const storage = memoryStorage()
    const first = await makeDevice(app, randomUUID(), { ...byClock, storage })
    for (const name of ['Trip', 'Gym']) isDone(await first.perform('createScenario', { name, basicMissions: lines('Keys', 'Towel') }))
    await first.load()
    const [gym, trip] = orderOf(first) as [string, string]
    first.proxy.isDown = true
    tap(first, 1)
    first.move(gym, { prevId: trip, nextId: null })
    first.perform('addTodayMission', { scenarioId: gym, content: 'Ticket' })
    await eventually(async () => (await storage.keys('doorstep.queue.')).length).toBe(3)
    await first.close()

    const second = await makeDevice(app, null, { ...byClock, storage })
    second.proxy.loses = (body) => body.includes('checkMissions')
    await second.load()
    await eventually(() => orderOf(second)).toEqual([trip, gym])
    expect(second.queue.size).toBe(3)
    second.proxy.loses = () => false
    await second.queue.idle()
    expect(await storage.keys('doorstep.queue.')).toEqual([])
    const { scenarios } = await second.load()
    expect(scenarios.map(({ id }) => id)).toEqual([trip, gym])
    expect(scenarios[1]?.checklist).toMatchObject({ checkedCount: 1, totalCount: 3 })
  })
})

test('a move is shown at once, and is as the server says afterwards', async () => {
  const { device, handle } = await withScenario()
  for (const name of ['B', 'C']) isDone(await device.perform('createScenario', { name }))
  const [c, b, a] = (await device.load()).scenarios.map(({ id }) => id) as [string, string, string]
  const other = await makeDevice(app, handle, byClock)
  isDone(await other.perform('deleteScenario', { id: b }))
  const outcome = device.move(c, { prevId: b, nextId: a })
  expect(orderOf(device)).toEqual([b, c, a])
  isDone(await outcome)
  expect(orderOf(device)).toEqual([c, a])
})

test('what a busy server rejects for now is sent again, and what it rejects for good is not', async () => {
  const { device } = await withScenario()
  const busy = [503, 429, 502]
  device.proxy.answers = () => busy.shift()
  isDone(await device.perform('createScenario', { name: 'Gym' }))
  expect(busy).toEqual([])
  const before = device.proxy.forwarded.length
  expect(await device.perform('createScenario', { name: '' })).toMatchObject({
    done: false,
    failure: { code: 'BAD_USER_INPUT', details: { fields: [{ path: 'input.name' }] } },
  })
  expect(device.proxy.forwarded.length).toBe(before + 1)
})
