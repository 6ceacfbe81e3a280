import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { generateAccessTokenKey } from '../../src/auth/access-token.js'
import type { AppConfig } from '../../src/config.js'
import { settings } from '../../src/config.js'
import { appForThisTest, type TestApp } from '../support/app.js'
import { Client } from '../support/client.js'
import { ManualClock } from '../support/manual-clock.js'

const refreshSession =
  'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken refreshToken member { id } } }'
const signOut = 'mutation ($input: SignOutInput!) { signOut(input: $input) { signedOut } }'
const start = '2026-03-01T12:00:00Z'
const later = (seconds: number) => new Date(Date.parse(start) + seconds * 1_000).toISOString()

type Session = { accessToken: string; refreshToken: string; member: { id: string } }

const signInForDevelopment = `mutation ($input: SignInForDevelopmentInput!) {
  signInForDevelopment(input: $input) { accessToken refreshToken member { id } }
}`
const signInAnswer = ({ url }: { url: string }, handle: string) => new Client(url).request(signInForDevelopment, { input: { handle } })

async function signIn({ url }: { url: string }, handle: string = randomUUID()): Promise<Session> {
  return (await new Client(url).run(signInForDevelopment, { input: { handle } })).signInForDevelopment
}

const refresh = ({ url }: { url: string }, refreshToken: string) => new Client(url).request(refreshSession, { input: { refreshToken } })

async function refreshed(app: { url: string }, refreshToken: string): Promise<Session> {
  const { data, errors } = await refresh(app, refreshToken)
  if (errors) throw new Error(JSON.stringify(errors))
  return data?.refreshSession
}

const rejected = async (app: { url: string }, refreshToken: string) =>
  expect((await refresh(app, refreshToken)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')

async function timedApp(config: Partial<AppConfig> = {}): Promise<TestApp & { clock: ManualClock }> {
  const clock = new ManualClock(start)
  const longTimeouts = { DATABASE_MAX_WAIT_MS: 60_000, DATABASE_LOCK_TIMEOUT_MS: 60_000, DATABASE_STATEMENT_TIMEOUT_MS: 60_000 }
  return { ...(await appForThisTest({ clock, config: { ...longTimeouts, ...config } })), clock }
}

const rows = (app: TestApp) => app.database.refreshToken.count()

describe('a refresh token', () => {
  test('works once, and its successor after it; only hashes are stored', async () => {
    const app = await timedApp()
    const first = await signIn(app)
    const second = await refreshed(app, first.refreshToken)
    app.clock.set(later(60))
    const third = await refreshed(app, second.refreshToken)
    expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3)
    expect(await new Client(app.url, third.accessToken).run('{ me { id } }')).toEqual({ me: { id: first.member.id } })
    const stored = JSON.stringify(await app.database.$queryRaw`SELECT *, encode(token_hash, 'escape') AS text FROM refresh_token`)
    for (const { refreshToken } of [first, second, third]) expect(stored).not.toContain(refreshToken)
  })

  // Mutation check: red where the successor is drawn (randomBytes) and not derived.
  test('gets the same successor again within ten seconds', async () => {
    const app = await timedApp()
    const { refreshToken } = await signIn(app)
    const lost = await refreshed(app, refreshToken)
    app.clock.set(later(9.9))
    const again = await refreshed(app, refreshToken)
    expect(again.refreshToken).toBe(lost.refreshToken)
    expect(await rows(app)).toBe(2)
    await refreshed(app, again.refreshToken)
  })

  // Mutation check: red without the revocation after the grace.
  test('used after the grace has leaked: nothing of its family works any more, other sessions do', async () => {
    const app = await timedApp()
    const handle = randomUUID()
    const [stolen, elsewhere] = [await signIn(app, handle), await signIn(app, handle)]
    const second = await refreshed(app, stolen.refreshToken)
    const third = await refreshed(app, second.refreshToken)
    app.clock.set(later(10))
    await rejected(app, stolen.refreshToken)
    await rejected(app, second.refreshToken)
    await rejected(app, third.refreshToken)
    await refreshed(app, elsewhere.refreshToken)
  })

  test('used again in the grace when its successor is used already is rejected, and ends nothing', async () => {
    const app = await timedApp()
    const first = await signIn(app)
    const second = await refreshed(app, first.refreshToken)
    const third = await refreshed(app, second.refreshToken)
    app.clock.set(later(5))
    await rejected(app, first.refreshToken)
    await refreshed(app, third.refreshToken)
  })

  // Mutation check: red without the owner's lock: hundreds of answers, but errors of the primary key among them.
  test('used 100 times at once has exactly one successor, which everybody gets', async () => {
    const app = await timedApp()
    for (let round = 0; round < 3; round++) {
      const { refreshToken } = await signIn(app)
      const before = await rows(app)
      const answers = await Promise.all(Array.from({ length: 100 }, () => refreshed(app, refreshToken)))
      expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1)
      expect((await rows(app)) - before).toBe(1)
    }
  })

  /**
   * Mutation check: red where the rotation and the revocation lock the token's row alone: a rotation that commits while the revocation
   * waits leaves a successor that its UPDATE does not see.
   */
  test('no rotation slips past a revocation of its family', async () => {
    const app = await timedApp()
    let survivors = 0
    for (let round = 0; round < 25; round++) {
      app.clock.set(later(round * 60))
      const first = await signIn(app)
      const second = await refreshed(app, first.refreshToken)
      app.clock.set(later(round * 60 + 30))
      const [, raced] = await Promise.all([refresh(app, first.refreshToken), refresh(app, second.refreshToken)])
      const third = raced.data?.refreshSession?.refreshToken
      if (third && !(await refresh(app, third)).errors) survivors++
    }
    expect(survivors).toBe(0)
  })

  test('expires', async () => {
    const app = await timedApp({ REFRESH_TOKEN_TTL_DAYS: 1 })
    const { refreshToken } = await signIn(app)
    app.clock.set(later(86_400))
    await rejected(app, refreshToken)
  })

  test.each([['unknown'], ['x'.repeat(43)], ["' OR 1=1"]])('that was never given (%s) is rejected', async (token) => {
    const app = await appForThisTest()
    await rejected(app, token)
  })

  test('that can be no token at all is BAD_USER_INPUT', async () => {
    const app = await appForThisTest()
    for (const refreshToken of ['', 'x'.repeat(257), '\ud800', 'a\u0000']) {
      expect(await new Client(app.url).rejection(refreshSession, { input: { refreshToken } })).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'input.refreshToken' }],
      })
    }
  })
})

describe('the end of a session', () => {
  test('signing out takes the refresh token alone, also one of the session that was used before', async () => {
    const app = await timedApp()
    const first = await signIn(app)
    const second = await refreshed(app, first.refreshToken)
    const nobody = new Client(app.url)
    expect(await nobody.run(signOut, { input: { refreshToken: first.refreshToken } })).toEqual({ signOut: { signedOut: true } })
    await rejected(app, second.refreshToken)
    await rejected(app, first.refreshToken)
  })

  test("signing out with nobody's token, or twice, ends nothing and looks alike", async () => {
    const app = await timedApp()
    const [one, other] = [await signIn(app), await signIn(app)]
    const nobody = new Client(app.url)
    const answers = []
    for (const refreshToken of [one.refreshToken, one.refreshToken, 'unknown'])
      answers.push(await nobody.request(signOut, { input: { refreshToken } }))
    expect(answers).toEqual(Array(3).fill({ data: { signOut: { signedOut: true } } }))
    await refreshed(app, other.refreshToken)
  })

  test('deleting the member ends every session at once, also those that are being refreshed', async () => {
    const app = await timedApp()
    for (let round = 0; round < 10; round++) {
      const handle = randomUUID()
      const sessions = [await signIn(app, handle), await signIn(app, handle), await signIn(app, handle)]
      const client = new Client(app.url, sessions[0]?.accessToken)
      const [deletion, ...refreshes] = await Promise.all([
        client.request('mutation { deleteMember { deletedId } }'),
        ...sessions.map(({ refreshToken }) => refresh(app, refreshToken)),
      ])
      expect(deletion.errors).toBeUndefined()
      const tokens = [...sessions, ...refreshes.flatMap(({ data }) => (data?.refreshSession ? [data.refreshSession as Session] : []))]
      for (const { accessToken, refreshToken } of tokens) {
        expect(await new Client(app.url, accessToken).rejection('{ me { id } }')).toMatchObject({ code: 'UNAUTHENTICATED' })
        await rejected(app, refreshToken)
      }
      for (const { errors } of refreshes) expect(errors?.[0]?.extensions.code ?? 'UNAUTHENTICATED').toBe('UNAUTHENTICATED')
    }
    expect(await rows(app)).toBe(0)
  })
})

// Mutation check: red where ofIdentity throws memberGone for one who is deleted meanwhile.
test('a sign-in beside the deletion of its member makes the member anew, or is to be sent again', async () => {
  const app = await timedApp()
  const codes = new Map<string, number>()
  for (let round = 0; round < 40; round++) {
    const handle = randomUUID()
    const { accessToken } = await signIn(app, handle)
    const deletion = new Client(app.url, accessToken).request('mutation { deleteMember { deletedId } }')
    const signIns = await Promise.all(Array.from({ length: 4 }, () => signInAnswer(app, handle)))
    expect((await deletion).errors).toBeUndefined()
    for (const { errors } of signIns) {
      const code = errors?.[0]?.extensions.code ?? 'signed in'
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
  }
  expect([...codes.keys()].filter((code) => !['signed in', 'SERVICE_UNAVAILABLE'].includes(code))).toEqual([])
})

describe('the key that signs access tokens', () => {
  test.each(['EdDSA', 'ES256'] as const)('can be %s, and can be changed without ending a session', async (algorithm) => {
    const [oldKey, newKey] = [await generateAccessTokenKey(algorithm), await generateAccessTokenKey()]
    const publicHalf = (key: string) => JSON.stringify({ ...JSON.parse(key), d: undefined })
    const before = await appForThisTest({ config: { ACCESS_TOKEN_PRIVATE_KEY: oldKey, ACCESS_TOKEN_ACCEPTED_KEY: publicHalf(newKey) } })
    const session = await signIn(before)
    const same = { DATABASE_URL: before.config.DATABASE_URL, ACCESS_TOKEN_PRIVATE_KEY: newKey }
    const during = await appForThisTest({ config: { ...same, ACCESS_TOKEN_ACCEPTED_KEY: publicHalf(oldKey) } })
    const then = await appForThisTest({ config: same })

    const me = (app: TestApp, token: string) => new Client(app.url, token).request('{ me { id } }')
    expect((await me(during, session.accessToken)).data?.me.id).toBe(session.member.id)
    const next = await refreshed(during, session.refreshToken)
    expect((await me(before, next.accessToken)).data?.me.id).toBe(session.member.id)
    expect((await me(then, next.accessToken)).data?.me.id).toBe(session.member.id)
    expect((await me(then, session.accessToken)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })

  // Mutation check: red with isKey() in setting-types.ts fixed to true.
  test('must be one', async () => {
    const key = await generateAccessTokenKey()
    const publicHalf = JSON.stringify({ ...JSON.parse(key), d: undefined })
    const ok = (name: string, value: string) => settings.safeParse({ [name]: value }).success
    expect(ok('ACCESS_TOKEN_PRIVATE_KEY', key)).toBe(true)
    expect(ok('ACCESS_TOKEN_ACCEPTED_KEY', publicHalf)).toBe(true)
    for (const value of ['x', '{}', '{"kty":"oct","k":"x"}', publicHalf]) expect(ok('ACCESS_TOKEN_PRIVATE_KEY', value), value).toBe(false)
  })
})
