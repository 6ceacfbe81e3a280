import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { impatient } from '../src/fetching.js'
import { type ChecklistFieldsFragment, HomeDocument, type ItemFieldsFragment } from '../src/generated/graphql.js'
import { type Device, eventually, lines, makeDevice } from './device.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

type Screen = { names: string[]; counts: number[] }

/** A tablet, and what the screen of a phone of the same member shows. */
async function tabletAndPhone() {
  const handle = randomUUID()
  const tablet = await makeDevice(app, handle)
  await tablet.perform('createScenario', { name: 'Leaving home', basicMissions: lines('Keys', 'Phone') })
  await tablet.load()
  const phone = await makeDevice(app, handle, { isLive: true })
  const screen: Screen = { names: [], counts: [] }
  const shown = phone.apollo.watchQuery({ query: HomeDocument }).subscribe(({ data, dataState }) => {
    if (dataState !== 'complete') return
    screen.names = data.me.scenarios.map(({ name }) => name)
    screen.counts = data.me.scenarios.map(({ checklist }) => checklist.checkedCount)
  })
  onTestFinished(() => shown.unsubscribe())
  await eventually(() => screen.names).toEqual(['Leaving home'])
  return { tablet, phone, screen }
}

const checkFirst = (device: Device, isChecked = true) => {
  const checklist = device.shown()?.scenarios.at(-1)?.checklist as ChecklistFieldsFragment
  return device.check(checklist.items[0] as ItemFieldsFragment, checklist, isChecked)
}

describe('what one device does is seen on another', () => {
  test('whatever it is, without being asked for', async () => {
    const { tablet, phone, screen } = await tabletAndPhone()
    await checkFirst(tablet)
    await eventually(() => screen.counts).toEqual([1])
    await tablet.perform('createScenario', { name: 'Gym' })
    await eventually(() => screen.names).toEqual(['Gym', 'Leaving home'])
    const [gym = '', home = ''] = tablet.shown()?.scenarios.map(({ id }) => id) ?? []
    await tablet.move(gym, { prevId: home, nextId: null })
    await eventually(() => screen.names).toEqual(['Leaving home', 'Gym'])
    await tablet.perform('addTodayMission', { scenarioId: home, content: 'Cake' })
    await eventually(() => phone.shown()?.scenarios[0]?.checklist.totalCount).toBe(3)
    await tablet.perform('deleteScenario', { id: home })
    await eventually(() => screen.names).toEqual(['Gym'])
    expect(Object.keys(phone.apollo.cache.extract() as object)).not.toContain(`Scenario:${home}`)
  })

  // Mutation check: red where live.ts opens one stream and no other.
  test('also where the stream was cut meanwhile', async () => {
    const { tablet, phone, screen } = await tabletAndPhone()
    await checkFirst(tablet)
    await eventually(() => screen.counts).toEqual([1])
    phone.proxy.isDown = true
    phone.proxy.cut()
    await checkFirst(tablet, false)
    await tablet.perform('createScenario', { name: 'Gym' })
    phone.proxy.isDown = false
    await eventually(() => screen.names).toEqual(['Gym', 'Leaving home'])
    await eventually(() => screen.counts).toEqual([0, 0])
  })
})

// Mutation check: red without `heard` in fetching.ts: the stream is given up though it speaks; without silentMs: it is never given up.
test('a stream is given up when it is silent, and not before', async () => {
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 30))
      if (sent++ < 10) controller.enqueue(new TextEncoder().encode('.'))
      else await new Promise(() => {})
    },
  })
  const silent = (_input: unknown, init?: RequestInit) => {
    init?.signal?.addEventListener('abort', () => abort.abort())
    return Promise.resolve(new Response(body))
  }
  const abort = new AbortController()
  const response = await impatient(silent as typeof fetch, { timeoutMs: 10, silentMs: 200 })('x', {
    headers: { accept: 'multipart/mixed' },
  })
  const reader = response.body?.getReader()
  for (let read = 0; read < 10; read++) expect(await reader?.read()).toMatchObject({ done: false })
  expect(abort.signal.aborted).toBe(false)
  await eventually(() => abort.signal.aborted).toBe(true)
})
