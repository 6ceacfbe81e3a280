import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { Client } from '../../../tests/support/client.js'
import { ManualClock } from '../../../tests/support/manual-clock.js'
import type { ChecklistFieldsFragment, ItemFieldsFragment } from '../src/generated/graphql.js'
import { SignedOut } from '../src/session.js'
import { memoryStorage } from '../src/storage.js'
import { type Device, eventually, lines, makeDevice } from './device.js'

let app: TestApp
const clock = new ManualClock('2026-03-15T12:00:00Z')
beforeAll(async () => {
  app = await startTestApp({ clock, config: { ACCESS_TOKEN_TTL_SECONDS: 60 } })
})
afterAll(() => app.stop())

/** For a device that is to do nothing on its own. */
const feedless: typeof fetch = (input, init) =>
  String(init?.body).includes('NotificationFeed') ? Promise.reject(new Error('There is no feed.')) : fetch(input, init)
/** The access token of everybody ends. */
const later = () => clock.set(new Date(clock.now().getTime() + 10 * 60_000).toISOString())
const refreshes = ({ proxy }: Device) => proxy.forwarded.filter((body) => body.includes('refreshSession')).length
const stored = async ({ storage }: Device) => JSON.parse((await storage.get('doorstep.session')) ?? 'null')
const revoke = async (device: Device) => {
  const { refreshToken } = await stored(device)
  await new Client(app.url).run(`mutation { signOut(input: { refreshToken: "${refreshToken}" }) { signedOut } }`)
}

// Mutation check: red without #refreshing in session.ts.
test('a session whose access token has ended is refreshed once for all who need it', async () => {
  const device = await makeDevice(app, randomUUID())
  later()
  const loads = await Promise.all(Array.from({ length: 10 }, () => device.load()))
  expect(new Set(loads.map(({ id }) => id)).size).toBe(1)
  device.perform('createScenario', { name: 'Gym' })
  await device.queue.idle()
  expect(refreshes(device)).toBe(1)
})

// Mutation check: red where session.ts does not refresh persistently: the query's own tries do it, which may come too late.
test('a refresh whose response is lost is made again, and gets the same session', async () => {
  const device = await makeDevice(app, randomUUID())
  later()
  let losses = 2
  device.proxy.loses = (body) => body.includes('refreshSession') && losses-- > 0
  await device.load()
  expect(refreshes(device)).toBe(3)
  later()
  await device.load()
})

// Mutation check: red where persistently.ts waits for a try that hangs: the next one comes after the grace of the token, and ends the session.
test('a refresh whose response never comes is made again within the grace, and gets the same session', async () => {
  const device = await makeDevice(app, randomUUID(), { fetch: feedless })
  later()
  let hanging = 1
  device.proxy.hangs = (body) => body.includes('refreshSession') && hanging-- > 0
  const started = performance.now()
  await device.load()
  expect(performance.now() - started).toBeLessThan(10_000)
  expect(refreshes(device)).toBe(2)
  later()
  await device.load()
})

// Mutation check: red where links.ts refreshes once: the storage has a token that has ended as well.
test('a tab that has slept through two access tokens reads and writes at once', async () => {
  const storage = memoryStorage()
  const awake = await makeDevice(app, randomUUID(), { storage, fetch: feedless })
  const asleep = await makeDevice(app, null, { storage, fetch: feedless })
  const sleep = async () => {
    later()
    await awake.load()
    later()
  }
  await sleep()
  expect((await asleep.load()).id).toBe(awake.session.memberId)
  await sleep()
  expect(await asleep.perform('createScenario', { name: 'Gym' })).toMatchObject({ done: true })
  expect(asleep.proxy.forwarded.filter((body) => body.includes('CreateScenario'))).toHaveLength(3)
  expect(refreshes(asleep)).toBe(2)
})

// Mutation check: red where queue.ts looks at isTransient alone.
test('what is rejected for its access token, however new that is, is sent again until it is done', async () => {
  const rejection = { data: null, errors: [{ message: 'Sign in first.', extensions: { code: 'UNAUTHENTICATED' } }] }
  let rejections = 4
  const strict: typeof fetch = async (input, init) =>
    /CreateScenario|CheckMissions/.test(String(init?.body)) && rejections-- > 0 ? Response.json(rejection) : fetch(input, init)
  const device = await makeDevice(app, randomUUID(), { fetch: strict })
  expect(await device.perform('createScenario', { name: 'Gym', basicMissions: lines('Keys') })).toMatchObject({ done: true })
  const checklist = (await device.load()).scenarios[0]?.checklist as ChecklistFieldsFragment
  rejections = 4
  expect(await device.check(checklist.items[0] as ItemFieldsFragment, checklist, true)).toMatchObject({ done: true })
  expect(device.session.memberId).not.toBeNull()
})

// Mutation check: red where session.ts does not catch what storage.set throws, and without `#outdated`: the spent token ends the session.
test('a session that no longer fits in the storage goes on until the program ends', async () => {
  const inner = memoryStorage()
  let isFull = false
  const set = async (key: string, value: string) => {
    if (isFull) throw new Error('The storage is full.')
    return inner.set(key, value)
  }
  for (const remove of [inner.remove, () => Promise.reject(new Error('The storage is broken.'))]) {
    isFull = false
    const device = await makeDevice(app, randomUUID(), { storage: { ...inner, set, remove } })
    const { id } = await device.load()
    isFull = true
    for (let tokens = 1; tokens <= 3; tokens++) {
      later()
      expect((await device.load()).id).toBe(id)
      expect(refreshes(device)).toBe(tokens)
    }
    isFull = false
    later()
    await device.load()
    const again = await makeDevice(app, null, { storage: inner })
    expect((await again.load()).id).toBe(id)
  }
})

// Mutation check: red where what is left in the storage is kept there: the tab takes it up, and ends the session of both.
test('a tab that finds no session, since the newer one did not fit in the storage, ends nobody else’s', async () => {
  const inner = memoryStorage()
  const full = { ...inner, set: () => Promise.reject(new Error('The storage is full.')) }
  const signedIn = await makeDevice(app, randomUUID(), { storage: inner, fetch: feedless })
  const tab = await makeDevice(app, null, { storage: full, fetch: feedless })
  later()
  await tab.load()
  later()
  await expect(signedIn.load()).rejects.toThrow()
  expect(signedIn.session.memberId).toBeNull()
  await tab.load()
  expect(tab.session.memberId).not.toBeNull()
})

test('a session outlives the program', async () => {
  const storage = memoryStorage()
  const first = await makeDevice(app, randomUUID(), { storage })
  const { id } = await first.load()
  await first.close()
  const second = await makeDevice(app, null, { storage })
  expect(second.session.memberId).toBe(id)
  expect((await second.load()).id).toBe(id)
})

test('one that was revoked signs the device out, which keeps what it has not sent until its member is back', async () => {
  const handle = randomUUID()
  const device = await makeDevice(app, handle)
  await device.perform('createScenario', { name: 'Gym', basicMissions: lines('Keys') })
  const states: unknown[] = []
  device.session.onChange((state) => states.push(state))
  await revoke(device)
  later()
  const outcome = device.perform('createScenario', { name: 'Trip' })
  expect(await outcome).toMatchObject({ done: false, failure: { code: 'SIGNED_OUT' } })
  expect(states).toEqual([{ memberId: null, revoked: true }])
  expect(device.session.memberId).toBeNull()
  await expect(device.load()).rejects.toThrow(SignedOut)
  expect(await device.storage.keys('doorstep.queue.')).toHaveLength(1)

  await device.session.signInForDevelopment({ handle: randomUUID() })
  expect((await device.load()).scenarios).toEqual([])
  await device.session.signOut()
  await device.session.signInForDevelopment({ handle })
  await eventually(async () => (await device.load()).scenarios.map(({ name }) => name)).toEqual(['Trip', 'Gym'])
})

test('signing out ends the session at the server, and leaves nothing in the cache', async () => {
  const device = await makeDevice(app, randomUUID())
  await device.load()
  const { refreshToken } = await stored(device)
  await device.session.signOut()
  expect(device.shown()).toBeUndefined()
  expect(await stored(device)).toBeNull()
  const again = `mutation { refreshSession(input: { refreshToken: "${refreshToken}" }) { accessToken } }`
  expect(await new Client(app.url).rejection(again)).toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('a device that is not connected stays signed in, however long its access token is over', async () => {
  const device = await makeDevice(app, randomUUID())
  device.proxy.isDown = true
  later()
  const outcome = device.perform('createScenario', { name: 'Gym' })
  await expect(device.load()).rejects.toThrow()
  expect(device.session.memberId).not.toBeNull()
  device.proxy.isDown = false
  expect(await outcome).toMatchObject({ done: true })
})
