import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { Client } from '../../../tests/support/client.js'
import { SignedOut } from '../src/session.js'
import { memoryStorage } from '../src/storage.js'
import { type Device, eventually, heldRefresh, makeDevice } from './device.js'

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
    const refresh = heldRefresh()
    const [storage, handle] = [memoryStorage(), randomUUID()]
    const one = await makeDevice(app, handle, { storage, fetch: refresh.fetch })
    const two = await makeDevice(app, null, { storage })
    await spend((await stored(one)).refreshToken)
    const refreshed = one.session.refresh(one.session.accessToken as string).catch((error) => error)
    await eventually(refresh.isHeld).toBe(true)
    const respond = () => {
      refresh.release()
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

describe('what two tabs share', () => {
  type Net = { before?(body: string): Promise<void> | undefined; after?(body: string): Promise<void> | undefined }
  const away = () => Promise.reject(new TypeError('The network is away.'))
  const held = () => {
    let release = () => {}
    const until = new Promise<void>((resolve) => {
      release = resolve
    })
    return { until, release }
  }
  const storage = memoryStorage()
  const keys = () => storage.keys('doorstep.queue.')
  const rejected: string[] = []
  async function openTab(handle: string | null = null, net: Net = {}) {
    const through: typeof fetch = async (input, init) => {
      await net.before?.(String(init?.body))
      const response = await fetch(input, init)
      await net.after?.(String(init?.body))
      return response
    }
    const device = await makeDevice(app, handle, { storage, fetch: through })
    device.onRejected(({ outcome }) => rejected.push(outcome.failure.code))
    return device
  }
  /** A tab with two changes of one scenario that wait, both made from one version. */
  async function tabWithTwoChanges(net: Net) {
    const device = await openTab(randomUUID())
    await device.perform('createScenario', { name: 'Home' })
    const [scenario] = (await device.load()).scenarios
    await device.close()
    const tab = await openTab(null, net)
    const { id, version: expectedVersion } = scenario as { id: string; version: number }
    for (const name of ['Gym', 'Pool']) void tab.perform('updateScenario', { id, expectedVersion, name })
    await eventually(async () => (await keys()).length).toBe(2)
    return tab
  }
  const changes = ({ proxy }: Device) => proxy.forwarded.filter((body) => body.includes('mutation UpdateScenario')).length
  const isDoneOnce = async (device: Device) => {
    const shown = (await device.load()).scenarios.map(({ name, version }) => ({ name, version }))
    expect(shown).toEqual([{ name: 'Pool', version: 3 }])
    expect(await keys()).toEqual([])
    expect(rejected.splice(0)).toEqual([])
  }
  /** Two tabs that have found the changes of a third one. */
  async function finders(ofOne: Net, ofTwo: Net) {
    await (await tabWithTwoChanges({ before: away })).close()
    rejected.splice(0)
    const [one, two] = [await openTab(null, ofOne), await openTab(null, ofTwo)]
    await eventually(() => [one.queue.size, two.queue.size]).toEqual([2, 2])
    return { one, two }
  }

  // Mutation check: red where queue.ts does not forget what is gone from the storage.
  test('is not sent by one that comes when the other has sent it', async () => {
    const nets: [Net, Net] = [{ before: away }, { before: away }]
    const { one, two } = await finders(...nets)
    for (const [index, tab] of [one, two].entries()) {
      nets[index as 0 | 1].before = undefined
      await tab.queue.idle()
    }
    expect(changes(two)).toBe(0)
    await isDoneOnce(two)
  })

  // Mutation check: red where queue.ts keeps what it has of an operation that the other one has stored anew: it is ID_TAKEN.
  test('is done once where one comes while the other waits for a response', async () => {
    const response = held()
    const ofOne: Net = { before: away, after: (body) => (body.includes('"Pool"') ? response.until : undefined) }
    const ofTwo: Net = { before: away }
    const { one, two } = await finders(ofOne, ofTwo)
    ofOne.before = undefined
    await eventually(() => changes(one)).toBe(2)
    ofTwo.before = undefined
    await two.queue.idle()
    response.release()
    await one.queue.idle()
    await isDoneOnce(two)
  })

  // Mutation check: red where rebase.ts asks for exactly the next version: the second change is sent as another one under the same id.
  test('is done once, and told to the one that made it, where the other one has overtaken it', async () => {
    const request = held()
    const tab = await tabWithTwoChanges({ before: (body) => (body.includes('UpdateScenario') ? request.until : undefined) })
    await openTab()
    await eventually(keys).toEqual([])
    request.release()
    await tab.queue.idle()
    expect(changes(tab)).toBe(2)
    await isDoneOnce(tab)
  })

  // Mutation check: red where queue.ts reads the storage only when a member comes, and without 'focus' in doorstep.ts.
  test('is sent by the one that stays open when its member is back', async () => {
    const tab = new EventTarget()
    vi.stubGlobal('addEventListener', tab.addEventListener.bind(tab))
    onTestFinished(() => void vi.unstubAllGlobals())
    const net: Net = {}
    const closed = await openTab(randomUUID(), net)
    const open = await openTab()
    net.before = away
    void closed.perform('createScenario', { name: 'Left' })
    await eventually(async () => (await keys()).length).toBe(1)
    await closed.close()
    tab.dispatchEvent(new Event('focus'))
    await eventually(keys).toEqual([])
    expect((await open.load()).scenarios).toMatchObject([{ name: 'Left' }])
  })
})
