import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { AccessTokens, generateAccessTokenKey } from '../../src/auth/access-token.js'
import { ManualClock } from '../support/manual-clock.js'

const start = '2026-03-01T12:00:00Z'
const after = (seconds: number) => new Date(Date.parse(start) + seconds * 1_000).toISOString()

/** The same key before and after ACCESS_TOKEN_TTL_SECONDS was made less, or more. */
async function tokensOf(...lifetimes: number[]) {
  const [key, clock] = [await generateAccessTokenKey(), new ManualClock(start)]
  const all = await Promise.all(lifetimes.map((ttlSeconds) => AccessTokens.fromKey(key, { clock, ttlSeconds })))
  return { clock, all: all as [AccessTokens, AccessTokens] }
}

// A start reads the sessions that have ended within the lifetime of a token: the token of one that ended before that would be valid again.
// Mutation check: both are red where only the token's own end is looked at.
test('a token that was issued for longer ends with the lifetime that is set now', async () => {
  const { clock, all } = await tokensOf(86_400, 900)
  const { token } = await all[0].issue(randomUUID(), randomUUID())
  clock.set(after(899))
  expect(await all[1].verify(token)).toMatchObject({ expiresAtMs: Date.parse(after(900)) })
  clock.set(after(900))
  expect(await all[1].verify(token), 'though it is remembered').toBeNull()
})

test('so it does where it is seen for the first time after that', async () => {
  const { clock, all } = await tokensOf(86_400, 900)
  const { token } = await all[0].issue(randomUUID(), randomUUID())
  clock.set(after(3_600))
  expect(await all[1].verify(token)).toBeNull()
})

// Mutation check: red without the token's own end; and with jose's maxTokenAge, which takes no token of a clock that is ahead.
test('one that was issued for less ends when it says so, and may be of a process whose clock is ahead', async () => {
  const { clock, all } = await tokensOf(900, 86_400)
  clock.set(after(5))
  const { token } = await all[0].issue(randomUUID(), randomUUID())
  clock.set(start)
  expect(await all[1].verify(token)).toMatchObject({ expiresAtMs: Date.parse(after(905)) })
  clock.set(after(905))
  expect(await all[1].verify(token)).toBeNull()
})
