import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, makeMember } from '../support/client.js'
import { atThePlace, everyDay, notificationAt, place, readFeed, setNotificationsActive, updateScenario } from '../support/feed.js'

let app: TestApp
let client: Client
beforeAll(async () => {
  app = await startTestApp()
})
beforeAll(async () => {
  client = await makeMember(app)
})
afterAll(() => app.stop())

const update = `mutation ($input: UpdateScenarioInput!) {
  updateScenario(input: $input) { scenario { notification { active time place { latitude longitude radiusMeters on from until } } } }
}`
const notificationOf = async (id: string) =>
  (
    await client.run(
      `query ($id: ID!) { scenario(id: $id) { version notification { active time place { latitude longitude radiusMeters on from until } } } }`,
      { id },
    )
  ).scenario
/** What is said of a place that is not taken. */
const problemOf = async (id: string, change: object) =>
  (await client.rejection(update, { input: { id, notification: { active: false, place: { ...place, ...change } } } })).fields

test('a place stands beside the time or in its place, and the feed has each where it belongs', async () => {
  const member = await makeMember(app)
  const timed = await addScenario(member, { name: 'Timed', notification: notificationAt('08:00') })
  const placed = await addScenario(member, { name: 'Church', memo: 'Umbrella', notification: atThePlace })
  const both = await addScenario(member, {
    name: 'Both',
    notification: { ...notificationAt(), place: { ...place, from: '22:00', until: '06:00' } },
  })
  const { items, places } = await readFeed(member)
  expect(items?.map(({ scenarioId }) => scenarioId)).toEqual([timed.id, both.id].sort())
  expect(places?.map(({ scenarioId }) => scenarioId)).toEqual([placed.id, both.id].sort())
  expect(places).toContainEqual({ scenarioId: placed.id, name: 'Church', memo: 'Umbrella', method: 'PUSH', daysOfWeek: everyDay, place })
  expect(places).toContainEqual(expect.objectContaining({ scenarioId: both.id, place: { ...place, from: '22:00', until: '06:00' } }))
})

test('a place that is left out stays, and null takes it away', async () => {
  const { id } = await addScenario(client, { notification: { ...notificationAt(), place } })
  await updateScenario(client, { id, notification: { active: true, time: '09:00' } })
  expect((await notificationOf(id)).notification).toEqual({ active: true, time: '09:00', place })
  await updateScenario(client, { id, notification: { active: true, place: null } })
  expect((await notificationOf(id)).notification).toEqual({ active: true, time: '09:00', place: null })
})

test('an active notification has a time or a place', async () => {
  const { id } = await addScenario(client, { notification: atThePlace })
  const rejection = await client.rejection(update, { input: { id, notification: { active: true, place: null } } })
  expect(rejection).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'input.notification.time', message: 'is needed by an active notification without a place.' }],
  })
  await updateScenario(client, { id, notification: { active: false, place: null } })
  expect((await notificationOf(id)).notification).toEqual({ active: false, time: null, place: null })
})

test('what is beyond the ends of the earth, or not whole, is told by its path', async () => {
  const { id } = await addScenario(client)
  const at = (field: string, message: string) => [{ path: `input.notification.place.${field}`, message }]
  expect(await problemOf(id, { latitude: 90.000_001 })).toEqual(at('latitude', 'must be from -90 to 90.'))
  expect(await problemOf(id, { latitude: -91 })).toEqual(at('latitude', 'must be from -90 to 90.'))
  expect(await problemOf(id, { longitude: 180.5 })).toEqual(at('longitude', 'must be from -180 to 180.'))
  expect(await problemOf(id, { radiusMeters: 99 })).toEqual(at('radiusMeters', 'must be from 100 to 4000.'))
  expect(await problemOf(id, { radiusMeters: 4001 })).toEqual(at('radiusMeters', 'must be from 100 to 4000.'))
  expect(await problemOf(id, { from: '08:00' })).toEqual(at('until', 'must be given with `from`, or neither.'))
  expect(await problemOf(id, { until: '08:00' })).toEqual(at('until', 'must be given with `from`, or neither.'))
  expect(await problemOf(id, { from: '08:00', until: '08:00' })).toEqual(
    at('until', 'must not be the same as `from`. Leave both out for always.'),
  )
  expect((await notificationOf(id)).version).toBe(1)
})

/** A literal that is no double is read as infinite by JavaScript. */
test.each(['1e400', '-1e400'])('a number that no double holds (%s) is rejected', async (number) => {
  const { id } = await addScenario(client)
  const place = `{ latitude: ${number}, longitude: 0, radiusMeters: 100, on: ENTER }`
  const document = `mutation { updateScenario(input: { id: "${id}", notification: { active: false, place: ${place} } }) { listVersion } }`
  expect(await client.rejection(document)).toMatchObject({ code: 'BAD_USER_INPUT' })
})

test('any place on earth comes back to the last bit, and setting it once more is no change', async () => {
  const { id } = await addScenario(client)
  const degrees = (max: number) => fc.double({ min: -max, max, noNaN: true }).map((value) => value + 0)
  const time = fc.tuple(fc.nat(23), fc.nat(59)).map((parts) => parts.map((part) => `${part}`.padStart(2, '0')).join(':'))
  const hours = fc.option(
    fc.tuple(time, time).filter(([from, until]) => from !== until),
    { nil: [null, null] as const },
  )
  const anyPlace = fc
    .record({
      latitude: degrees(90),
      longitude: degrees(180),
      radiusMeters: fc.integer({ min: 100, max: 4_000 }),
      on: fc.constantFrom('LEAVE', 'ENTER'),
      hours,
    })
    .map(({ hours: [from, until], ...rest }) => ({ ...rest, from, until }))
  await fc.assert(
    fc.asyncProperty(anyPlace, async (place) => {
      const input = { id, notification: { ...atThePlace, place } }
      await updateScenario(client, input)
      const set = await notificationOf(id)
      expect(set.notification.place).toEqual(place)
      const feed = await readFeed(client)
      expect(feed.places?.find(({ scenarioId }) => scenarioId === id)?.place).toEqual(place)
      await updateScenario(client, input)
      expect(await notificationOf(id)).toEqual(set)
      expect((await readFeed(client, feed.etag)).notModified).toBe(true)
    }),
    {
      numRuns: 100,
      examples: [[{ ...place, latitude: -90, longitude: 180, on: 'LEAVE', radiusMeters: 100, from: '00:00', until: '23:59' }]],
    },
  )
})

test('the switch of all notifications is for those that have a time', async () => {
  const member = await makeMember(app)
  const placed = await addScenario(member, { notification: atThePlace })
  const both = await addScenario(member, { notification: { ...notificationAt(), place } })
  const off = await setNotificationsActive(member, false)
  expect(off).toMatchObject({ items: [], places: [{ scenarioId: placed.id }] })
  const on = await setNotificationsActive(member, true)
  expect(on.items).toMatchObject([{ scenarioId: both.id }])
  expect(on.places?.map(({ scenarioId }) => scenarioId)).toEqual([placed.id, both.id].sort())
})

test('a GET of the places is answered with 304 until one of them changes', async () => {
  const member = await makeMember(app)
  const { id } = await addScenario(member, { notification: atThePlace })
  const query = new URLSearchParams({ query: '{ notifications { etag places { name place { radiusMeters } } } }' })
  const get = async (ifNoneMatch = '') => {
    const headers = { authorization: `Bearer ${member.token}`, 'apollo-require-preflight': '1', 'if-none-match': ifNoneMatch }
    const response = await fetch(`${app.url}/graphql?${query}`, { headers })
    return { status: response.status, etag: response.headers.get('etag') as string, text: await response.text() }
  }
  const { etag } = await get()
  expect(await get(etag)).toEqual({ status: 304, etag, text: '' })
  await updateScenario(member, { id, notification: { active: true, place: { ...place, radiusMeters: 4_000 } } })
  const changed = await get(etag)
  expect(changed.status).toBe(200)
  expect(JSON.parse(changed.text).data.notifications.places).toEqual([{ name: 'Leaving home', place: { radiusMeters: 4_000 } }])
})
