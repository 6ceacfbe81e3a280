import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { unauthenticated } from '../errors.js'
import { parse, text } from '../input.js'
import { limits } from '../limits.js'
import type { ServiceDeps } from '../member/change.js'
import type { Members } from '../member/member.service.js'
import type { RateLimits } from '../redis/rate-limits.js'
import type { Parts } from '../snapshot/parts.js'
import * as sql from './auth.sql.js'
import type { AuthPayload, SignInForDevelopmentInput, SignInInput, SignInNonce } from './auth.types.js'
import type { IdTokens } from './id-token.js'
import { firstNickname } from './nickname.js'
import type { Sessions } from './sessions.service.js'

const nonceTtlSeconds = 300

const credential = text({ min: 1, max: limits.credentialLength })
const signInRule = z.object({
  provider: credential,
  idToken: text({ min: 1, max: limits.idTokenLength }),
  nonce: credential,
  timeZone: z.string().nullish(),
})
const handleRule = z.object({ handle: text({ min: 1, max: limits.handleLength }), timeZone: z.string().nullish() })

type Dependencies = ServiceDeps & {
  members: Members
  sessions: Sessions
  idTokens: IdTokens
  rateLimits: Pick<RateLimits, 'signInFrom' | 'signInOf'> | null
}

export class Auth {
  readonly #deps: Dependencies

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  async createNonce(ip: string): Promise<SignInNonce> {
    const { database, clock, rateLimits } = this.#deps
    await rateLimits?.signInFrom(ip)
    const nonce = randomBytes(32).toString('base64url')
    const expiresAt = await sql.insertNonce(database, clock, nonce, nonceTtlSeconds)
    return { nonce, expiresAt: expiresAt.toISOString() }
  }

  /**
   * Takes the nonce in the transaction that uses it, first: of many sign-ins with one, one passes.
   * If it fails later it gives the nonce back. A bad token takes none: nobody can spoil a nonce.
   */
  async signIn(input: SignInInput, ip: string, parts: Parts): Promise<AuthPayload> {
    await this.#deps.rateLimits?.signInFrom(ip)
    const { provider, idToken, nonce, timeZone } = parse(signInRule, input)
    const identity = await this.#deps.idTokens.verify(provider, idToken, nonce)
    return this.#signIn({ ...identity, timeZone }, parts, nonce)
  }

  async signInForDevelopment(input: SignInForDevelopmentInput, ip: string, parts: Parts): Promise<AuthPayload> {
    await this.#deps.rateLimits?.signInFrom(ip)
    const { handle, timeZone } = parse(handleRule, input)
    return this.#signIn({ provider: 'development', subject: handle, nickname: firstNickname(handle), timeZone }, parts)
  }

  async #signIn(
    { timeZone, ...identity }: { provider: string; subject: string; nickname: string; timeZone?: string | null | undefined },
    parts: Parts,
    nonce?: string,
  ): Promise<AuthPayload> {
    const { transact, clock, members, sessions, rateLimits } = this.#deps
    await rateLimits?.signInOf(identity)
    if (timeZone) await members.checkTimeZone(timeZone)
    return transact(async (unit) => {
      const { tx } = unit
      if (nonce !== undefined && !(await sql.consumeNonce(tx, clock, nonce))) {
        throw unauthenticated('This nonce was used before, or is too old: start the sign-in anew.')
      }
      const member = await members.ofIdentity(tx, { ...identity, timeZone: timeZone ?? 'UTC' }, parts)
      return sessions.open(unit, member)
    })
  }
}
