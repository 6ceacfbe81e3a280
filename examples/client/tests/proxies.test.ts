import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { makeDevice } from './device.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

/** A device whose first creation is answered by somebody between it and the server. */
async function behind(status: number, type: string, body: string) {
  let answers = 1
  const proxied: typeof fetch = async (input, init) =>
    String(init?.body).includes('mutation CreateScenario') && answers-- > 0
      ? new Response(body, { status, headers: { 'content-type': type } })
      : fetch(input, init)
  return makeDevice(app, randomUUID(), { fetch: proxied })
}

// Mutation check: red where failures.ts takes a status below 500, or an error without a code, for a rejection.
test.each([
  ...[401, 403, 404, 407, 425, 451, 511].map((status) => ({ status, type: 'text/html', body: 'Sign in to the network first.' })),
  { status: 200, type: 'text/html', body: '<html>Sign in to the network first.</html>' },
  { status: 200, type: 'application/json', body: '{}' },
  { status: 200, type: 'application/json', body: '{"errors":[{"message":"Forbidden"}]}' },
])('what a proxy answers with $status, $type and $body is done later', async ({ status, type, body }) => {
  const device = await behind(status, type, body)
  expect(await device.perform('createScenario', { name: 'Gym' })).toMatchObject({ done: true })
  expect((await device.load()).scenarios).toMatchObject([{ name: 'Gym' }])
})

test('what is too large for a proxy is rejected, and keeps nothing else from being sent', async () => {
  const device = await behind(413, 'text/html', 'Too large')
  const outcomes = [device.perform('createScenario', { name: 'Large' }), device.perform('createScenario', { name: 'Gym' })]
  expect(await Promise.all(outcomes)).toMatchObject([{ done: false, failure: { code: 'BAD_REQUEST' } }, { done: true }])
})
