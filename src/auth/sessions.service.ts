import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Transact, Tx, UnitOfWork } from '../database/transaction.js'
import { serviceUnavailable, unauthenticated } from '../errors.js'
import { parse, text } from '../input.js'
import { limits } from '../limits.js'
import type { Members } from '../member/member.service.js'
import type { RateLimits } from '../redis/rate-limits.js'
import type { Parts } from '../snapshot/parts.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import type { AccessTokens } from './access-token.js'
import * as sql from './auth.sql.js'
import type { RefreshSessionInput, SignOutInput } from './auth.types.js'
import { hashOf } from './hash.js'
import type { Successor } from './successor.js'

/** How long a client that lost the answer can ask again. */
const graceSeconds = 10

const refreshTokenRule = z.object({ refreshToken: text({ min: 1, max: limits.credentialLength }) })

/** Who signed in, and the tokens to go on with. */
export type Session = { member: MemberRow; accessToken: string; accessTokenExpiresAt: string; refreshToken: string }

type Dependencies = {
  database: Queryable
  transact: Transact
  clock: Clock
  members: Members
  accessTokens: AccessTokens
  successor: Successor
  rateLimits: Pick<RateLimits, 'signInFrom' | 'refreshOf'> | null
  refreshTokenTtlDays: number
}

/** Staying signed in, and signing out. */
export class Sessions {
  readonly #database: Queryable
  readonly #transact: Transact
  readonly #clock: Clock
  readonly #members: Members
  readonly #accessTokens: AccessTokens
  readonly #successor: Successor
  readonly #rateLimits: Dependencies['rateLimits']
  readonly #refreshTokenTtlDays: number

  constructor({ database, transact, clock, members, accessTokens, successor, rateLimits, refreshTokenTtlDays }: Dependencies) {
    this.#database = database
    this.#transact = transact
    this.#clock = clock
    this.#members = members
    this.#accessTokens = accessTokens
    this.#successor = successor
    this.#rateLimits = rateLimits
    this.#refreshTokenTtlDays = refreshTokenTtlDays
  }

  /** A new session of a member who has just signed in. */
  open(unit: UnitOfWork, member: MemberRow): Promise<Session> {
    return this.#session(unit, member, { family: randomUUID(), refreshToken: randomBytes(32).toString('base64url') })
  }

  /**
   * Gives a new pair of tokens for a refresh token. Used again within the grace, it gives the same successor again, as
   * long as that one waits to be used: the client lost the answer, or sent the request twice. Used again after the grace
   * it has leaked: the whole family ends.
   */
  async refresh(input: RefreshSessionInput, ip: string, parts: Parts): Promise<Session> {
    const { refreshToken } = parse(refreshTokenRule, input)
    await this.#count(refreshToken, ip)
    const session = await this.#transact(async (unit) => {
      const { tx } = unit
      const memberId = await sql.lockOwner(unit, hashOf(refreshToken))
      const token = await this.#read(tx, refreshToken)
      if (!memberId || !token?.live) return null
      const next = { family: token.family, refreshToken: this.#successor(refreshToken) }
      const member = await this.#members.readIn(tx, memberId, parts)
      if (!token.used) {
        await sql.markUsed(tx, this.#clock, hashOf(refreshToken))
        return this.#session(unit, member, next)
      }
      if (token.inGrace) {
        const successor = await this.#read(tx, next.refreshToken)
        return successor?.live && !successor.used ? this.#payload(member, next.refreshToken) : null
      }
      await sql.revokeFamily(tx, this.#clock, token.family)
      return null
    })
    if (!session) throw unauthenticated('This refresh token is not valid any more: sign in again.')
    return session
  }

  /** Ends the session of a refresh token of the member. One that is not theirs, or unknown, ends nothing and looks alike. */
  async signOut(memberId: string, input: SignOutInput): Promise<void> {
    const { refreshToken } = parse(refreshTokenRule, input)
    await this.#transact(
      async (unit) => {
        const { tx } = unit
        const owner = await sql.lockOwner(unit, hashOf(refreshToken))
        if (owner !== memberId) return void (await this.#members.readIn(tx, memberId))
        const token = await this.#read(tx, refreshToken)
        if (token) await sql.revokeFamily(tx, this.#clock, token.family)
      },
      { memberId },
    )
  }

  /** By the session where there is one: the many behind one address each have theirs, and who guesses has none. */
  async #count(refreshToken: string, ip: string): Promise<void> {
    if (!this.#rateLimits) return
    const family = await sql.readFamily(this.#database, hashOf(refreshToken))
    await (family ? this.#rateLimits.refreshOf(family) : this.#rateLimits.signInFrom(ip))
  }

  #read(tx: Tx, refreshToken: string) {
    return sql.readRefreshToken(tx, this.#clock, hashOf(refreshToken), graceSeconds)
  }

  async #session(
    unit: UnitOfWork,
    member: MemberRow,
    { family, refreshToken }: { family: string; refreshToken: string },
  ): Promise<Session> {
    const token = { tokenHash: hashOf(refreshToken), memberId: member.id, family, ttlDays: this.#refreshTokenTtlDays }
    // Deleted at this very moment: the next sign-in makes the member anew.
    if (!(await sql.insertRefreshToken(unit, this.#clock, token))) throw serviceUnavailable()
    return this.#payload(member, refreshToken)
  }

  async #payload(member: MemberRow, refreshToken: string): Promise<Session> {
    const { token, expiresAt } = await this.#accessTokens.issue(member.id)
    return { member, accessToken: token, accessTokenExpiresAt: expiresAt.toISOString(), refreshToken }
  }
}
