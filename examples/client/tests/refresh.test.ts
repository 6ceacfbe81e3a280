import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { ManualClock } from '../../../tests/support/manual-clock.js'
import { eventually, makeDevice } from './device.js'

let app: TestApp
const clock = new ManualClock('2026-03-15T12:00:00Z')
beforeAll(async () => {
  app = await startTestApp({ clock, config: { ACCESS_TOKEN_TTL_SECONDS: 60 } })
})
afterAll(() => app.stop())

/** The access token of everybody ends. */
const later = () => clock.set(new Date(clock.now().getTime() + 10 * 60_000).toISOString())
const isRefresh = (init?: RequestInit) => String(init?.body).includes('mutation RefreshSession')

const errors = (extensions: object) => JSON.stringify({ errors: [{ message: 'No.', extensions }], data: { refreshSession: null } })

// Mutation check: red where session.ts ends the session for each code that is not transient, or send.ts takes the code for the operation's.
test.each([
  ['a fault of the server', 200, errors({ code: 'INTERNAL_SERVER_ERROR' })],
  ['a server that does not know the document', 400, errors({ code: 'GRAPHQL_VALIDATION_FAILED' })],
  ['a body that the server does not take', 413, errors({ code: 'BAD_REQUEST' })],
  ['a proxy that writes errors of its own', 502, errors({})],
])('a refresh that meets %s ends no session, and what waits for it is done later', async (_, status, body) => {
  let faults = 1
  const faulty: typeof fetch = async (input, init) =>
    isRefresh(init) && faults-- > 0 ? new Response(body, { status, headers: { 'content-type': 'application/json' } }) : fetch(input, init)
  const device = await makeDevice(app, randomUUID(), { fetch: faulty })
  const states: unknown[] = []
  device.session.onChange((state) => states.push(state))
  later()
  expect(await device.perform('createScenario', { name: 'Gym' })).toMatchObject({ done: true })
  expect((await device.load()).scenarios).toMatchObject([{ name: 'Gym' }])
  expect(faults).toBeLessThan(1)
  expect(states).toEqual([])
})

// Mutation check: red without `others.abort()` in persistently.ts: the late one comes after the grace of the token, and ends the session.
test('a try of a refresh that is still on its way when another one was answered never comes', async () => {
  let tries = 0
  let late: Promise<void> | undefined
  const slow: typeof fetch = async (input, init) => {
    if (!isRefresh(init) || ++tries > 2) return fetch(input, init)
    if (tries === 2) {
      const isGivenUp = new Promise<void>((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
      late = isGivenUp.catch(() => {})
      await isGivenUp
    }
    const response = await fetch(input, init)
    await eventually(() => tries).toBe(2)
    return response
  }
  const device = await makeDevice(app, randomUUID(), { fetch: slow })
  await device.session.refresh(device.session.accessToken as string)
  await late
  expect(tries).toBe(2)
})
