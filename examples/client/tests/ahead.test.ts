import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { type Device, lines, makeDevice } from './device.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

type Shown = { name: string; memo: string | null; template: string[]; items: string[]; counts: string; time: string | null }

/** What a member sees of the lists. */
const screen = (device: Device): Shown[] =>
  (device.shown()?.scenarios ?? []).map(({ name, memo, notification, basicMissions, checklist }) => ({
    name,
    memo,
    template: basicMissions.map(({ content }) => content),
    items: checklist.items.map(({ content, isChecked }) => (isChecked ? `${content} ✓` : content)),
    counts: `${checklist.checkedCount}/${checklist.totalCount}`,
    time: notification.active ? notification.time : null,
  }))

const scenarioOf = (device: Device, name: string) => {
  const scenario = device.shown()?.scenarios.find((each) => each.name === name)
  if (!scenario) throw new Error(`${name} is not shown.`)
  return scenario
}

// Mutation check: red without any one of the entries of ahead.ts, but resumeDays, which this screen does not show.
test('whatever is done without a network is shown at once, and is the same when the server has done it', async () => {
  const device = await makeDevice(app, randomUUID())
  await device.perform('createScenario', { name: 'Gym', basicMissions: lines('Shoes', 'Towel') })
  await device.perform('createScenario', { name: 'Home', basicMissions: lines('Keys', 'Phone') })
  await device.load()
  device.proxy.isDown = true

  const home = scenarioOf(device, 'Home')
  const [keys] = home.basicMissions
  const checklistId = home.checklist.id
  const cake = randomUUID()
  device.perform('addTodayMission', { id: cake, scenarioId: home.id, content: 'Cake' }, { checklistId })
  device.perform('addTodayMission', { id: randomUUID(), scenarioId: home.id, content: 'Tickets' }, { checklistId })
  expect(screen(device)[0]?.items).toEqual(['Keys', 'Phone', 'Tickets', 'Cake'])
  const item = scenarioOf(device, 'Home').checklist.items.find(({ missionId }) => missionId === cake)
  if (!item) throw new Error('The cake is not shown.')
  device.check(item, home.checklist, true)
  device.perform('updateTodayMission', { missionId: cake, content: 'Pie' }, { itemId: item.id })
  expect(screen(device)[0]).toMatchObject({ items: ['Keys', 'Phone', 'Tickets', 'Pie ✓'], counts: '1/4' })

  const template = [
    { id: randomUUID(), content: 'Windows' },
    { id: keys?.id as string, content: 'All keys' },
  ]
  device.perform('updateScenario', {
    id: home.id,
    name: 'Leaving',
    memo: 'On the way out',
    notification: { active: true, method: 'PUSH', daysOfWeek: ['MONDAY'], time: '07:30' },
    basicMissions: template,
  })
  expect(screen(device)[0]).toMatchObject({
    name: 'Leaving',
    memo: 'On the way out',
    time: '07:30',
    items: ['Windows', 'All keys', 'Tickets', 'Pie ✓'],
  })

  const trip = randomUUID()
  device.perform('createScenario', { id: trip, name: 'Trip', basicMissions: [{ id: randomUUID(), content: 'Passport' }] })
  const gym = scenarioOf(device, 'Gym')
  device.perform('deleteScenario', { id: gym.id })
  expect(screen(device).map(({ name }) => name)).toEqual(['Trip', 'Leaving'])
  device.perform('restoreScenario', { id: gym.id })
  device.move(gym.id, { prevId: home.id, nextId: null })
  device.perform('updateMember', { nickname: 'Porter' })
  expect(device.shown()?.nickname).toBe('Porter')
  device.perform('deleteTodayMission', { missionId: cake }, { checklistId })
  const before = screen(device)
  expect(before.map(({ name, items }) => [name, ...items])).toEqual([
    ['Trip', 'Passport'],
    ['Leaving', 'Windows', 'All keys', 'Tickets'],
    ['Gym', 'Shoes', 'Towel'],
  ])

  device.proxy.isDown = false
  device.queue.wake()
  await device.queue.idle()
  expect(screen(device)).toEqual(before)
  await device.load()
  expect(screen(device)).toEqual(before)
})
