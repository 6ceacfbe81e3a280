import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../clock.js'
import { unauthenticated } from '../errors.js'
import type { Transact, Tx } from '../infra/transaction.js'
import type { Members } from '../member/member.service.js'
import type { Member } from '../member/member.types.js'
import type { AccessTokens } from './access-token.js'
import * as sql from './auth.sql.js'
import type { AuthPayload } from './auth.types.js'
import { hashOf } from './hash.js'

type Dependencies = { transact: Transact; clock: Clock; members: Members; accessTokens: AccessTokens; refreshTokenTtlDays: number }

/** Staying signed in, and signing out. */
export class Sessions {
  readonly #transact: Transact
  readonly #clock: Clock
  readonly #members: Members
  readonly #accessTokens: AccessTokens
  readonly #refreshTokenTtlDays: number

  constructor({ transact, clock, members, accessTokens, refreshTokenTtlDays }: Dependencies) {
    this.#transact = transact
    this.#clock = clock
    this.#members = members
    this.#accessTokens = accessTokens
    this.#refreshTokenTtlDays = refreshTokenTtlDays
  }

  /** A new session of a member who has just signed in. */
  open(tx: Tx, member: Member): Promise<AuthPayload> {
    return this.#session(tx, member, randomUUID())
  }

  /** Gives a new pair of tokens for a refresh token, once. One that was used before has leaked: its whole family ends. */
  async refresh(refreshToken: string): Promise<AuthPayload> {
    const session = await this.#transact(async ({ tx }) => {
      const tokenHash = hashOf(refreshToken)
      const token = await sql.lockRefreshToken(tx, this.#clock, tokenHash)
      if (!token || token.revoked || token.expired) return null
      if (token.used) {
        await sql.revokeFamily(tx, this.#clock, token.family)
        return null
      }
      await sql.markUsed(tx, this.#clock, tokenHash)
      return this.#session(tx, await this.#members.readIn(tx, token.memberId), token.family)
    })
    if (!session) throw unauthenticated('This refresh token is not valid any more: sign in again.')
    return session
  }

  /** Ends the session of a refresh token of the member. One that is not theirs, or unknown, ends nothing and looks alike. */
  async signOut(memberId: string, refreshToken: string): Promise<void> {
    await this.#transact(async ({ tx }) => {
      const token = await sql.lockRefreshToken(tx, this.#clock, hashOf(refreshToken))
      if (token?.memberId === memberId) await sql.revokeFamily(tx, this.#clock, token.family)
    })
  }

  async #session(tx: Tx, member: Member, family: string): Promise<AuthPayload> {
    const refreshToken = randomBytes(32).toString('base64url')
    await sql.insertRefreshToken(tx, this.#clock, {
      tokenHash: hashOf(refreshToken),
      memberId: member.id,
      family,
      ttlDays: this.#refreshTokenTtlDays,
    })
    const { token, expiresAt } = await this.#accessTokens.issue(member.id)
    return { member, accessToken: token, accessTokenExpiresAt: expiresAt.toISOString(), refreshToken }
  }
}
