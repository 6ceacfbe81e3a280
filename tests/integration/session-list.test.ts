import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { anotherInstance, appForThisTest, type TestApp } from '../support/app.js'
import { Client } from '../support/client.js'
import { ManualClock } from '../support/manual-clock.js'

const start = '2026-03-01T12:00:00.000Z'
const later = (seconds: number) => new Date(Date.parse(start) + seconds * 1_000).toISOString()
const pair = '{ accessToken refreshToken }'
const sessionsQuery = '{ me { sessions { id createdAt lastUsedAt current } } }'
const revokeSession = 'mutation ($id: ID!) { revokeSession(input: { id: $id }) { member { id sessions { id } } } }'
const signOutEverywhere = 'mutation { signOutEverywhere { signedOut } }'

type Pair = { accessToken: string; refreshToken: string }
type Session = { id: string; createdAt: string; lastUsedAt: string; current: boolean }

async function signIn({ url }: { url: string }, handle: string): Promise<Pair> {
  const mutation = `mutation ($handle: String!) { signInForDevelopment(input: { handle: $handle }) ${pair} }`
  return (await new Client(url).run(mutation, { handle })).signInForDevelopment
}
const refresh = ({ url }: { url: string }, refreshToken: string) =>
  new Client(url).request(`mutation ($token: String!) { refreshSession(input: { refreshToken: $token }) ${pair} }`, { token: refreshToken })
async function refreshed(app: { url: string }, refreshToken: string): Promise<Pair> {
  const { data, errors } = await refresh(app, refreshToken)
  if (errors) throw new Error(JSON.stringify(errors))
  return data?.refreshSession
}
const clientOf = ({ url }: { url: string }, { accessToken }: Pair) => new Client(url, accessToken)
const sessionsOf = async (client: Client): Promise<Session[]> => (await client.run(sessionsQuery)).me.sessions
const currentOf = async (client: Client) => (await sessionsOf(client)).find(({ current }) => current)?.id as string
const codeOf = async (client: Client) => (await client.request('{ me { id } }')).errors?.[0]?.extensions.code

async function timedApp(): Promise<TestApp & { clock: ManualClock }> {
  const clock = new ManualClock(start)
  return { ...(await appForThisTest({ clock })), clock }
}

test('a member sees where they are signed in: since when, when it was refreshed last, and which one this is', async () => {
  const app = await timedApp()
  const handle = randomUUID()
  const phone = await signIn(app, handle)
  app.clock.set(later(60))
  const tablet = await signIn(app, handle)
  await signIn(app, randomUUID())
  app.clock.set(later(3_600))
  const refreshedPhone = await refreshed(app, phone.refreshToken)

  const seenByPhone = await sessionsOf(clientOf(app, refreshedPhone))
  expect(seenByPhone).toEqual([
    { id: expect.any(String), createdAt: start, lastUsedAt: later(3_600), current: true },
    { id: expect.any(String), createdAt: later(60), lastUsedAt: later(60), current: false },
  ])
  expect((await sessionsOf(clientOf(app, tablet))).map(({ id, current }) => [id, current])).toEqual(
    seenByPhone.map(({ id, current }) => [id, !current]),
  )
  // A token of before the refresh is of the same session.
  expect(await currentOf(clientOf(app, phone))).toBe(seenByPhone[0]?.id)
})

// Mutation check: red where the first token's created_at is taken for the session's (min(created_at)).
test('a session that outlives its first tokens still says when it began, and one that has expired is not listed', async () => {
  const app = await timedApp()
  const handle = randomUUID()
  let pair = await signIn(app, handle)
  await signIn(app, handle)
  app.clock.set(later(50 * 86_400))
  pair = await refreshed(app, pair.refreshToken)
  app.clock.set(later(61 * 86_400))
  await app.database.refreshToken.deleteMany({ where: { expiresAt: { lt: app.clock.now() } } })
  pair = await refreshed(app, pair.refreshToken)
  expect(await sessionsOf(clientOf(app, pair))).toMatchObject([{ createdAt: start, lastUsedAt: later(61 * 86_400) }])
})

test('a session that was revoked opens nothing any more, by either of its tokens, and the others go on', async () => {
  const app = await timedApp()
  const handle = randomUUID()
  const [lost, kept] = [await signIn(app, handle), await signIn(app, handle)]
  const lostId = await currentOf(clientOf(app, lost))
  const revoked = (await clientOf(app, kept).run(revokeSession, { id: lostId })).revokeSession
  expect(revoked.member.sessions).toEqual([{ id: await currentOf(clientOf(app, kept)) }])
  expect(await codeOf(clientOf(app, lost))).toBe('UNAUTHENTICATED')
  expect((await refresh(app, lost.refreshToken)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  // Once more, for one whose answer was lost.
  expect((await clientOf(app, kept).run(revokeSession, { id: lostId })).revokeSession).toEqual(revoked)
  await refreshed(app, kept.refreshToken)
})

test("a session that is another member's, or nobody's, is NOT_FOUND and goes on", async () => {
  const app = await timedApp()
  const [mine, theirs] = [await signIn(app, randomUUID()), await signIn(app, randomUUID())]
  const theirId = await currentOf(clientOf(app, theirs))
  const answers = []
  for (const id of [theirId, randomUUID()]) answers.push(await clientOf(app, mine).rejection(revokeSession, { id }))
  expect(answers[0]).toMatchObject({ code: 'NOT_FOUND' })
  expect(answers[0]).toEqual(answers[1])
  expect(await codeOf(clientOf(app, theirs))).toBeUndefined()
})

test('signing out everywhere ends every session of the member, this one too, and nobody else', async () => {
  const app = await timedApp()
  const handle = randomUUID()
  const mine = [await signIn(app, handle), await signIn(app, handle), await signIn(app, handle)]
  const other = await signIn(app, randomUUID())
  expect(await clientOf(app, mine[1] as Pair).run(signOutEverywhere)).toEqual({ signOutEverywhere: { signedOut: true } })
  for (const pair of mine) {
    expect(await codeOf(clientOf(app, pair))).toBe('UNAUTHENTICATED')
    expect((await refresh(app, pair.refreshToken)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  }
  expect(await codeOf(clientOf(app, other))).toBeUndefined()
  expect(await sessionsOf(clientOf(app, await signIn(app, handle)))).toHaveLength(1)
})

// Mutation check: red without RevokedSessions.start() in app.ts, or without the look every two seconds.
test('the access token of a session that has ended is rejected by every instance soon, and by one that starts afterwards at once', async () => {
  const app = await timedApp()
  const other = await anotherInstance(app, { clock: app.clock })
  const handle = randomUUID()
  const [lost, kept] = [await signIn(app, handle), await signIn(app, handle)]
  expect(await codeOf(clientOf(other, lost))).toBeUndefined()
  await clientOf(app, kept).run(revokeSession, { id: await currentOf(clientOf(app, lost)) })
  await vi.waitFor(async () => expect(await codeOf(clientOf(other, lost))).toBe('UNAUTHENTICATED'), { timeout: 30_000, interval: 50 })
  const late = await anotherInstance(app, { clock: app.clock })
  expect(await codeOf(clientOf(late, lost))).toBe('UNAUTHENTICATED')
  expect(await codeOf(clientOf(late, kept))).toBeUndefined()
})

test('the 101st session ends the one that was used longest ago', async () => {
  const app = await timedApp()
  const handle = randomUUID()
  const pairs: Pair[] = []
  for (let n = 0; n < 100; n++) {
    app.clock.set(later(n))
    pairs.push(await signIn(app, handle))
  }
  app.clock.set(later(200))
  pairs[0] = await refreshed(app, (pairs[0] as Pair).refreshToken)
  app.clock.set(later(300))
  const newest = await signIn(app, handle)
  expect(await sessionsOf(clientOf(app, newest))).toHaveLength(100)
  expect(await codeOf(clientOf(app, pairs[0]))).toBeUndefined()
  expect(await codeOf(clientOf(app, pairs[1] as Pair))).toBe('UNAUTHENTICATED')
  expect(await codeOf(clientOf(app, pairs[2] as Pair))).toBeUndefined()
})

/** Mutation check: red without lockMember() in createChangeMember(): a rotation leaves a token that the revocation did not see. */
test('no rotation slips past a revocation, on two instances', async () => {
  const app = await timedApp()
  const other = await anotherInstance(app, { clock: app.clock })
  let survivors = 0
  let rotated = 0
  for (let round = 0; round < 30; round++) {
    const handle = randomUUID()
    const [lost, kept] = [await signIn(app, handle), await signIn(app, handle)]
    const id = await currentOf(clientOf(app, lost))
    const revoke = round % 2 === 0 ? { query: revokeSession, variables: { id } } : { query: signOutEverywhere, variables: {} }
    const [, raced] = await Promise.all([clientOf(app, kept).run(revoke.query, revoke.variables), refresh(other, lost.refreshToken)])
    const next = raced.data?.refreshSession?.refreshToken
    if (next) rotated++
    if (next && !(await refresh(app, next)).errors) survivors++
  }
  expect(survivors).toBe(0)
  expect(rotated, 'rounds in which the rotation came first').toBeGreaterThan(0)
})
