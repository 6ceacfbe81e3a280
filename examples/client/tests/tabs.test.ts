import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { Client } from '../../../tests/support/client.js'
import { SignedOut } from '../src/session.js'
import { memoryStorage } from '../src/storage.js'
import { type Device, eventually, makeDevice } from './device.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const stored = async ({ storage }: Device) => JSON.parse((await storage.get('doorstep.session')) ?? 'null')

// Mutation check: the first three are red without the second takeUp in session.ts, the last one where #end does not read the storage.
describe('what one tab does to the session while another one refreshes it stands', () => {
  /** Two tabs, of which the first one waits for the response to its refresh. */
  async function refreshing(spend: (refreshToken: string) => Promise<unknown> = async () => {}) {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let isHeld = false
    const slow: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      if (!String(init?.body).includes('mutation RefreshSession')) return response
      isHeld = true
      await held
      return response
    }
    const [storage, handle] = [memoryStorage(), randomUUID()]
    const one = await makeDevice(app, handle, { storage, fetch: slow })
    const two = await makeDevice(app, null, { storage })
    await spend((await stored(one)).refreshToken)
    const refreshed = one.session.refresh(one.session.accessToken as string).catch((error) => error)
    await eventually(() => isHeld).toBe(true)
    const respond = () => {
      release()
      return refreshed
    }
    return { one, two, handle, respond }
  }

  test('where it signs out without a network', async () => {
    const { one, two, respond } = await refreshing()
    two.proxy.isDown = true
    await two.session.signOut()
    expect(await respond()).toBeInstanceOf(SignedOut)
    expect(await stored(two)).toBeNull()
    expect(one.session.memberId).toBeNull()
  })

  test('where it signs in as somebody else', async () => {
    const { one, two, respond } = await refreshing()
    await two.session.signOut()
    await two.session.signInForDevelopment({ handle: randomUUID(), timeZone: 'UTC' })
    expect(await respond()).toBeInstanceOf(SignedOut)
    expect(await stored(two)).toMatchObject({ memberId: two.session.memberId })
    expect(one.session.memberId).toBe(two.session.memberId)
  })

  test('where it signs in anew, and the refresh is rejected', async () => {
    const signOut = (token: string) => new Client(app.url).run(`mutation { signOut(input: { refreshToken: "${token}" }) { signedOut } }`)
    const { one, two, handle, respond } = await refreshing(signOut)
    await two.session.signInForDevelopment({ handle, timeZone: 'UTC' })
    expect(await respond()).toBe(two.session.accessToken)
    expect(await stored(two)).toMatchObject({ memberId: two.session.memberId })
    expect(one.session.memberId).toBe(two.session.memberId)
  })
})

test('a tab that signs out leaves what another one has signed in as', async () => {
  const storage = memoryStorage()
  const one = await makeDevice(app, randomUUID(), { storage })
  const two = await makeDevice(app, null, { storage })
  await two.session.signInForDevelopment({ handle: randomUUID(), timeZone: 'UTC' })
  await one.session.signOut()
  expect(one.session.memberId).toBeNull()
  expect(await stored(two)).toMatchObject({ memberId: two.session.memberId })
})
