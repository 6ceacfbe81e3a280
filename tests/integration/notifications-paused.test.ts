import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, makeMember } from '../support/client.js'
import { notificationAt, place, readFeed, setNotificationsActive, updateScenario } from '../support/feed.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const pause = async (client: Client, notificationsPaused: boolean | null) =>
  (
    await client.run('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { notificationsPaused } } }', {
      input: { notificationsPaused },
    })
  ).updateMember.member.notificationsPaused

test('while notifications are paused the feed is empty, and what is set on each of them stays', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client, { notification: { ...notificationAt(), place } })
  const before = await readFeed(client)
  const set = await client.run('{ scenarios { version notification { active time daysOfWeek place { latitude } } } }')
  expect((await client.run('{ me { notificationsPaused } }')).me.notificationsPaused).toBe(false)
  expect(await pause(client, true)).toBe(true)
  const paused = await readFeed(client, before.etag)
  expect(paused).toMatchObject({ notModified: false, items: [], places: [] })
  expect(await client.run('{ scenarios { version notification { active time daysOfWeek place { latitude } } } }')).toEqual(set)
  await updateScenario(client, { id, notification: { active: true, time: '09:00' } })
  expect(await setNotificationsActive(client, true)).toMatchObject({ items: [], places: [] })
  expect(await pause(client, false)).toBe(false)
  const after = await readFeed(client, paused.etag)
  expect(after).toMatchObject({ notModified: false, items: [{ scenarioId: id, time: '09:00' }], places: [{ scenarioId: id }] })
})

test('pausing what is paused, and leaving it out, leaves the etag as it is', async () => {
  const client = await makeMember(app)
  await pause(client, true)
  const { etag } = await readFeed(client)
  expect(await pause(client, true)).toBe(true)
  expect(await pause(client, null)).toBe(true)
  expect((await readFeed(client, etag)).notModified).toBe(true)
})
