import { randomUUID } from 'node:crypto'
import type { ApolloClient } from '@apollo/client'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../../../tests/support/app.js'
import { ManualClock } from '../../../tests/support/manual-clock.js'
import { createCache } from '../src/cache.js'
import { type Alarms, FeedPoller } from '../src/feed.js'
import { HomeDocument } from '../src/generated/graphql.js'
import { Live } from '../src/live.js'
import { send } from '../src/send.js'
import { SignedOut } from '../src/session.js'
import { memoryStorage } from '../src/storage.js'
import { eventually, heldRefresh, lines, makeDevice } from './device.js'

let app: TestApp
const clock = new ManualClock('2026-03-15T12:00:00Z')
beforeAll(async () => {
  app = await startTestApp({ clock, config: { ACCESS_TOKEN_TTL_SECONDS: 60 } })
})
afterAll(() => app.stop())

const backoff = { firstMs: 1, mostMs: 1, random: () => 0.5 }
/** An Apollo Client of which no more is used than what is given. */
const fake = (parts: object) => parts as unknown as ApolloClient

// Mutation check: red where sendInTurn sends them all at once, or looks at isTransient alone.
const waits = ['NETWORK', 'UNAUTHENTICATED']
test.each(waits)('checks that go alone since one of them is wrong go in order, and none overtakes one that waits: %s', async (code) => {
  const wanted = ['wrong', 'on', 'off', 'lost', 'later'].map((operationId) => ({ operationId, name: 'checkMission', input: {}, hint: {} }))
  const log: string[] = []
  const fails = (code: string) => ({ data: null, error: new CombinedGraphQLErrors({ errors: [{ message: '', extensions: { code } }] }) })
  const apollo = fake({
    async mutate({ variables }: { variables: { input: { checks: { operationId: string }[] } } }) {
      const ids = variables.input.checks.map(({ operationId }) => operationId)
      log.push(`${ids} goes`)
      await new Promise((resolve) => setTimeout(resolve, 5))
      log.push(`${ids} ends`)
      if (ids.includes('wrong')) return fails('BAD_USER_INPUT')
      if (ids.includes('lost')) return fails(code)
      return { data: { checkMissions: { results: [{ error: null }] } } }
    },
  })
  const outcomes = await send(apollo, wanted as never)
  expect(log.slice(2)).toEqual(['wrong', 'on', 'off', 'lost'].flatMap((id) => [`${id} goes`, `${id} ends`]))
  const failure = (code: string) => ({ done: false, failure: { code } })
  expect(outcomes).toMatchObject([failure('BAD_USER_INPUT'), { done: true }, { done: true }, failure(code), failure(code)])
})

// Mutation check: red without the look at #polling in FeedPoller.poll.
test('the alarms of a member that come when another one has signed in are not told', async () => {
  const answers: ((name: string) => void)[] = []
  const query = () =>
    new Promise((resolve) =>
      answers.push((name) => resolve({ data: { notifications: { etag: name, notModified: false, items: [{ name }], places: [] } } })),
    )
  const feed = new FeedPoller({ apollo: fake({ query }), storage: memoryStorage(), everyMs: 60_000, backoff })
  onTestFinished(() => feed.stop())
  const told: Alarms[] = []
  feed.onChange((alarms) => told.push(alarms))
  void feed.start('first')
  await eventually(() => answers.length).toBe(1)
  void feed.start('second')
  await eventually(() => answers.length).toBe(2)
  answers[1]?.('of the second')
  answers[0]?.('of the first')
  await eventually(() => told.length).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(told).toMatchObject([{ times: [{ name: 'of the second' }] }])
  expect(feed.alarms).toMatchObject({ times: [{ name: 'of the second' }] })
})

// Mutation check: red where a new start waits for the changes that the one before has asked for.
test('who signs in while changes are on their way to the one before has their own', async () => {
  let asked = 0
  const signal = { data: { memberChanged: { upToDate: false } } }
  const apollo = fake({
    subscribe: () => ({
      subscribe({ next }: { next(result: unknown): void }) {
        queueMicrotask(() => next(signal))
        return { unsubscribe() {} }
      },
    }),
    query: () => new Promise(() => asked++),
  })
  const live = new Live({ apollo, backoff, now: () => clock.now() })
  onTestFinished(() => live.stop())
  void live.start()
  await eventually(() => asked).toBe(1)
  void live.start()
  await eventually(() => asked).toBe(2)
})

// Mutation check: red where the token is kept: every stream that is opened with it is rejected, for ever.
test('a token that the server takes no more is given up, and all is read anew', async () => {
  const opened: (string | null)[] = []
  const member = { today: '2026-03-15', dayEndsAt: '2026-03-16T00:00:00Z' }
  const apollo = fake({
    cache: createCache(),
    subscribe: ({ variables }: { variables: { since: string | null } }) => ({
      subscribe({ next }: { next(result: unknown): void }) {
        opened.push(variables.since)
        const error = new CombinedGraphQLErrors({ errors: [{ message: '', extensions: { code: 'BAD_USER_INPUT' } }] })
        queueMicrotask(() => next(variables.since === null ? { data: { memberChanged: { upToDate: false } } } : { error }))
        if (opened.length === 1) setTimeout(() => next({ error: new Error('cut') }), 20)
        return { unsubscribe() {} }
      },
    }),
    query: async () => ({ data: { changes: { token: 'old', fullSync: true, deletedIds: [], member } } }),
  })
  const live = new Live({ apollo, backoff, now: () => clock.now() })
  onTestFinished(() => live.stop())
  void live.start()
  await eventually(() => opened.slice(0, 3)).toEqual([null, 'old', null])
})

// Mutation check: red where session.ts does not compare its own token after the refresh: the storage, slower than the network, still has it.
test('a refresh that ends after its member has signed out signs nobody in', async () => {
  const refresh = heldRefresh()
  const inner = memoryStorage()
  let refreshing = Promise.resolve()
  const storage = { ...inner, remove: (key: string) => refreshing.then(() => inner.remove(key)) }
  const device = await makeDevice(app, randomUUID(), { fetch: refresh.fetch, storage })
  refreshing = expect(device.session.refresh(device.session.accessToken as string)).rejects.toThrow(SignedOut)
  await eventually(refresh.isHeld).toBe(true)
  const signedOut = device.session.signOut()
  refresh.release()
  await refreshing
  await signedOut
  expect(await device.storage.get('doorstep.session')).toBeNull()
  expect(device.session.memberId).toBeNull()
})

// Mutation check: red without `isAnother` in doorstep.ts.
test('who signs in while somebody else is signed in sees nothing of theirs', async () => {
  const device = await makeDevice(app, randomUUID())
  await device.perform('createScenario', { name: 'Gym', basicMissions: lines('Towel') })
  await device.load()
  await device.session.signInForDevelopment({ handle: randomUUID(), timeZone: 'UTC' })
  await eventually(async () => {
    const { data } = await device.apollo.query({ query: HomeDocument })
    return data?.me.scenarios
  }).toEqual([])
  expect(JSON.stringify(device.apollo.cache.extract())).not.toContain('Gym')
})

// Mutation check: red without `isAnotherDay` in live.ts: the scenarios show the list of the day before.
test('where another device changes the zone, and with it the day, the lists of that day are shown', async () => {
  const handle = randomUUID()
  const tablet = await makeDevice(app, handle)
  await tablet.perform('createScenario', { name: 'Gym', basicMissions: lines('Towel') })
  const phone = await makeDevice(app, handle, { isLive: true, now: () => clock.now() })
  let dates: string[] = []
  const shown = phone.apollo.watchQuery({ query: HomeDocument }).subscribe(({ data, dataState }) => {
    if (dataState === 'complete') dates = data.me.scenarios.map(({ checklist }) => checklist.date)
  })
  onTestFinished(() => shown.unsubscribe())
  await eventually(() => dates).toEqual(['2026-03-15'])
  await eventually(() => phone.proxy.forwarded.some((body) => body.includes('query Changes'))).toBe(true)
  await tablet.perform('updateMember', { timeZone: 'Pacific/Kiritimati' })
  await eventually(() => dates).toEqual(['2026-03-16'])
})
