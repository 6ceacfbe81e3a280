import { v7 as newId } from 'uuid'
import { z } from 'zod'
import type { Queryable } from '../database/database.js'
import type { Tx, UnitOfWork } from '../database/transaction.js'
import { ApiError, badUserInput, serviceUnavailable } from '../errors.js'
import { optional, parse, text } from '../input.js'
import { limits } from '../limits.js'
import { mutationRule } from '../operation/operation.js'
import type { Parts } from '../snapshot/parts.js'
import { readMember } from '../snapshot/snapshot.sql.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import type { ServiceDeps } from './change.js'
import { lockMember } from './lock.js'
import * as sql from './member.sql.js'
import type { UpdateMemberInput } from './member.types.js'

const updateRule = mutationRule(
  'updateMember',
  z.object({
    nickname: optional(text({ min: 1, max: limits.nicknameLength })),
    timeZone: optional(z.string()),
    dayStartsAt: optional(z.string()),
    notificationsPaused: optional(z.boolean()),
  }),
)

/** For all of a deletion: the most that limits allow, 320,000 checks, takes 11 s. */
const deletionTimeoutMs = 60_000

type FeedChanges = {
  changed(unit: UnitOfWork, memberId: string): Promise<void>
  removed(unit: UnitOfWork, memberId: string): void
}

type Dependencies = ServiceDeps & {
  /** Closes every day of a member that has ended, under the member's lock. */
  history: { closeEndedDays(tx: Tx, memberId: string): Promise<void> }
  /** Called in the change's unit of work, for every change that the feed shows. */
  notifications: FeedChanges
}

export class Members {
  readonly #deps: Dependencies
  #timeZones: Promise<Set<string>> | null = null

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  read(memberId: string, parts: Parts): Promise<MemberRow> {
    return this.readIn(this.#deps.sqlClient, memberId, parts)
  }

  readIn(db: Queryable, memberId: string, parts: Partial<Parts> = {}): Promise<MemberRow> {
    return readMember(db, this.#deps.calendar, memberId, parts)
  }

  /** The member behind an identity, made where it is the identity's first time. */
  async ofIdentity(
    tx: Tx,
    identity: { provider: string; subject: string; nickname: string; timeZone: string },
    parts: Parts,
  ): Promise<MemberRow> {
    const { provider, subject } = identity
    const known = await sql.findByIdentity(tx, provider, subject)
    const id = known ?? newId()
    const isThere = known !== null || (await sql.insertMember(tx, this.#deps.calendar, { id, ...identity }))
    const memberId = isThere ? id : await sql.findByIdentity(tx, provider, subject)
    const member = memberId && (await this.readIn(tx, memberId, parts).catch(nullIfGone))
    // Deleted at this very moment: the next sign-in makes the member anew.
    if (!member) throw serviceUnavailable()
    return member
  }

  async update(memberId: string, input: UpdateMemberInput, parts: Parts): Promise<MemberRow> {
    const { operation, ...change } = parse(updateRule, input)
    if (change.timeZone !== undefined) await this.checkTimeZone(change.timeZone)
    return this.#deps.change(memberId, operation, {
      effect: async (unit) => {
        const { tx } = unit
        const before = await this.readIn(tx, memberId)
        const changes = (field: keyof typeof change) => change[field] !== undefined && change[field] !== before[field]
        const calendarChanges = changes('timeZone') || changes('dayStartsAt')
        // Closed without grace: by another zone or start of day they might be today once more.
        if (calendarChanges) await this.#deps.history.closeEndedDays(tx, memberId)
        await sql.updateMember(tx, this.#deps.calendar, memberId, change)
        // Alarms ring at other instants then, or on other days off. A paused feed is empty.
        if (calendarChanges || changes('notificationsPaused')) await this.#deps.notifications.changed(unit, memberId)
      },
      response: ({ tx }) => this.readIn(tx, memberId, parts),
    })
  }

  /**
   * All or nothing, by statements that are short each: 320,000 checks take longer than one may. The
   * operation may be told SERVICE_UNAVAILABLE meanwhile; this goes on, and a retry finds it done.
   */
  async delete(memberId: string): Promise<void> {
    await this.#deps.transact(
      async (unit) => {
        await lockMember(unit, memberId)
        // Checks first: the foreign key would delete all checks of many lines in one statement.
        for (const onlyChecks of [true, false]) {
          let after: string | null = null
          do after = await sql.deleteMissions(unit.tx, memberId, { onlyChecks, after })
          while (after !== null)
        }
        await sql.deleteMember(unit.tx, memberId)
        this.#deps.notifications.removed(unit, memberId)
      },
      { memberId, timeoutMs: deletionTimeoutMs },
    )
  }

  /** PostgreSQL alone computes local dates: rejects a zone it doesn't know by this exact name. */
  async checkTimeZone(timeZone: string): Promise<void> {
    this.#timeZones ??= sql.readTimeZones(this.#deps.sqlClient).catch((error) => {
      this.#timeZones = null
      throw error
    })
    if ((await this.#timeZones).has(timeZone)) return
    throw badUserInput([{ path: 'input.timeZone', message: 'is not the name of an IANA time zone, such as Asia/Seoul.' }])
  }
}

const nullIfGone = (error: unknown) => {
  if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') return null
  throw error
}
