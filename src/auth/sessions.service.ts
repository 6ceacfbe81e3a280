import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Tx, UnitOfWork } from '../database/transaction.js'
import { notFound, serviceUnavailable, unauthenticated } from '../errors.js'
import { parse, text, uuid } from '../input.js'
import { limits } from '../limits.js'
import type { ServiceDeps } from '../member/change.js'
import type { Members } from '../member/member.service.js'
import { mutationRule } from '../operation/operation.js'
import type { RateLimits } from '../redis/rate-limits.js'
import type { Parts } from '../snapshot/parts.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import type { AccessTokens } from './access-token.js'
import * as sql from './auth.sql.js'
import type { AuthPayload, RefreshSessionInput, SignOutInput } from './auth.types.js'
import type { RevokedSessions } from './revoked-sessions.js'
import type { Successor } from './successor.js'

/** How long a client that lost the response can send the request again. */
const graceSeconds = 10

/** `beganAt`: null where it begins now. */
type Opened = { id: string; beganAt: Date | null; refreshToken: string }

export const revokeRule = mutationRule('revokeSession', z.object({ id: uuid }))

const refreshTokenRule = z.object({ refreshToken: text({ min: 1, max: limits.credentialLength }) })

type Dependencies = ServiceDeps & {
  members: Members
  accessTokens: AccessTokens
  successor: Successor
  revoked: RevokedSessions
  rateLimits: Pick<RateLimits, 'signInFrom' | 'refreshOf'> | null
  refreshTokenTtlDays: number
}

export class Sessions {
  readonly #deps: Dependencies

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  /** Opens a session for a sign-in; ends the least recently used one beyond the limit. */
  async open(unit: UnitOfWork, member: MemberRow): Promise<AuthPayload> {
    const id = randomUUID()
    const session = await this.#session(unit, member, { id, beganAt: null, refreshToken: randomBytes(32).toString('base64url') })
    this.#ended(unit, await sql.revokeSurplusSessions(unit.tx, this.#deps.clock, member.id, id))
    return session
  }

  /**
   * Within the grace, a used token gives the same successor again while that is unused: the
   * response was lost, or the request was sent twice. Used after the grace, it has leaked: the
   * family ends (ADR 10).
   */
  async refresh(input: RefreshSessionInput, ip: string, parts: Parts): Promise<AuthPayload> {
    const { transact, clock, members, successor } = this.#deps
    const { refreshToken } = parse(refreshTokenRule, input)
    await this.#count(refreshToken, ip)
    const session = await transact(async (unit) => {
      const { tx } = unit
      const memberId = await sql.lockOwner(unit, refreshToken)
      const token = await this.#read(tx, refreshToken)
      if (!memberId || !token?.live) return null
      const next = { id: token.family, beganAt: token.sessionBeganAt, refreshToken: successor(refreshToken) }
      const member = await members.readIn(tx, memberId, parts)
      if (!token.used) {
        await sql.markUsed(tx, clock, refreshToken)
        return this.#session(unit, member, next)
      }
      if (token.inGrace) {
        const issued = await this.#read(tx, next.refreshToken)
        return issued?.live && !issued.used ? this.#payload(member, next) : null
      }
      await this.#revoke(unit, memberId, token.family)
      return null
    })
    if (!session) throw unauthenticated('This refresh token is not valid any more: sign in again.')
    return session
  }

  /** Ends the session of a refresh token, for any caller. An unknown one looks the same. */
  async signOut(input: SignOutInput, ip: string): Promise<void> {
    const { refreshToken } = parse(refreshTokenRule, input)
    await this.#count(refreshToken, ip)
    await this.#deps.transact(async (unit) => {
      const memberId = await sql.lockOwner(unit, refreshToken)
      const token = await this.#read(unit.tx, refreshToken)
      if (memberId && token) await this.#revoke(unit, memberId, token.family)
    })
  }

  list(memberId: string): Promise<sql.SessionRow[]> {
    return sql.readSessions(this.#deps.database, this.#deps.clock, memberId)
  }

  /** Ends one of the member's sessions; one that has ended already stays so. */
  revoke(memberId: string, { id, operation }: z.output<typeof revokeRule>, parts: Parts): Promise<MemberRow> {
    return this.#deps.change(memberId, operation, {
      effect: async (unit) => {
        const ended = await this.#revoke(unit, memberId, id)
        if (ended.length === 0 && !(await sql.sessionExists(unit.tx, memberId, id))) throw notFound('session')
      },
      response: ({ tx }) => this.#deps.members.readIn(tx, memberId, parts),
    })
  }

  async revokeAll(memberId: string): Promise<void> {
    await this.#deps.change(memberId, undefined, { effect: (unit) => this.#revoke(unit, memberId, null), response: async () => {} })
  }

  /** Ends a session, or all, under the member's lock. */
  async #revoke(unit: UnitOfWork, memberId: string, sessionId: string | null): Promise<string[]> {
    const ended = await sql.revokeSessions(unit.tx, this.#deps.clock, memberId, sessionId)
    this.#ended(unit, ended)
    return ended
  }

  #ended({ afterCommit }: UnitOfWork, sessionIds: string[]): void {
    afterCommit(async () => this.#deps.revoked.add(sessionIds))
  }

  /** By session, as many may be behind one address; by address for a token that is not known. */
  async #count(refreshToken: string, ip: string): Promise<void> {
    const { database, rateLimits } = this.#deps
    if (!rateLimits) return
    const family = await sql.readFamily(database, refreshToken)
    await (family ? rateLimits.refreshOf(family) : rateLimits.signInFrom(ip))
  }

  #read(tx: Tx, refreshToken: string) {
    return sql.readRefreshToken(tx, this.#deps.clock, refreshToken, graceSeconds)
  }

  async #session(unit: UnitOfWork, member: MemberRow, session: Opened): Promise<AuthPayload> {
    const { id: family, beganAt: sessionBeganAt, refreshToken } = session
    const token = { secret: refreshToken, memberId: member.id, family, sessionBeganAt, ttlDays: this.#deps.refreshTokenTtlDays }
    // Deleted at this very moment: the next sign-in makes the member anew.
    if (!(await sql.insertRefreshToken(unit, this.#deps.clock, token))) throw serviceUnavailable()
    return this.#payload(member, session)
  }

  async #payload(member: MemberRow, { id, refreshToken }: Pick<Opened, 'id' | 'refreshToken'>): Promise<AuthPayload> {
    const { token, expiresAt } = await this.#deps.accessTokens.issue(member.id, id)
    return { member, accessToken: token, accessTokenExpiresAt: expiresAt.toISOString(), refreshToken }
  }
}
