import { type Calendar, today } from '../calendar.sql.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import type { ServiceDeps } from '../member/change.js'
import { lastOf, type MemberSlice, membersOf } from '../member-slice.sql.js'

const { sql } = Prisma

const jobRunDays = 30
/** How long operations stay, at least: a retry may be a late check, of a phone a day ahead. */
const operationHours = limits.lateCheckHours + 24
/** How long deletions are remembered: as long as a deleted scenario is kept. */
const tombstoneDays = 30

/** Rows past their time. `key`: what identifies them, beside the member if found by member. */
export type Purgeable = { table: Prisma.Sql; key: Prisma.Sql; isPast: Prisma.Sql }

type Dependencies = Pick<ServiceDeps, 'transact' | 'calendar'>

/** Removes rows past their time, in small transactions. A stopped run leaves the rest. */
export class Purge {
  readonly #deps: Dependencies

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  lastOf(slice: MemberSlice): Promise<string | null> {
    return this.#deps.transact(({ tx }) => lastOf(tx, slice))
  }

  /** Removes at most `limit` rows, and gives how many. `slice`: of these members only. */
  remove(rows: Purgeable, limit: number, slice?: MemberSlice): Promise<number> {
    const { transact, calendar } = this.#deps
    return transact(({ tx }) => tx.$executeRaw(slice ? deleteOfMembers(rows, slice, limit, calendar) : deletePast(rows, limit)))
  }

  /**
   * Found member by member, by indexes that begin with the member; `slice.today` is its date. A
   * removed line stays while a list with it can be read; its checks go first. A deleted scenario
   * stays while it can be restored, or receipts of its days may have to be counted.
   */
  get ofMembers() {
    const oldest = sql`slice.today - ${limits.historyDays}::int`
    const restorableSince = sql`${this.#deps.calendar.clock.sqlNow} - make_interval(days => ${limits.restorableDays}::int)`
    return {
      datedMissions: { table: sql`mission`, key: sql`id`, isPast: sql`use_date < ${oldest}` },
      removedLines: { table: sql`mission`, key: sql`id`, isPast: sql`use_date IS NULL AND removed_on <= ${oldest}` },
      revisions: { table: sql`template_revision`, key: sql`scenario_id, through`, isPast: sql`through < ${oldest}` },
      receipts: { table: sql`day_close`, key: sql`date`, isPast: sql`date < slice.today - ${limits.receiptDays}::int` },
      // Kept as long as receipts of its days, which say that they were paused.
      pauses: { table: sql`pause`, key: sql`id`, isPast: sql`ends_on < slice.today - ${limits.receiptDays}::int` },
      deletedScenarios: { table: sql`scenario`, key: sql`id`, isPast: sql`deleted_on <= ${oldest} AND deleted_at <= ${restorableSince}` },
    } satisfies Record<string, Purgeable>
  }

  /** Found by the instant at which it expired. */
  get byInstant() {
    const { sqlNow } = this.#deps.calendar.clock
    const expired = sql`expires_at < ${sqlNow}`
    const startedBefore = sql`started_at < ${sqlNow} - make_interval(days => ${jobRunDays}::int)`
    const doneBefore = sql`done_at < ${sqlNow} - make_interval(hours => ${operationHours}::int)`
    const deletedBefore = sql`deleted_at < ${sqlNow} - make_interval(days => ${tombstoneDays}::int)`
    return {
      refreshTokens: { table: sql`refresh_token`, key: sql`member_id, token_hash`, isPast: expired },
      signInNonces: { table: sql`sign_in_nonce`, key: sql`nonce_hash`, isPast: expired },
      jobRuns: { table: sql`job_run`, key: sql`id`, isPast: startedBefore },
      operations: { table: sql`operation`, key: sql`member_id, id`, isPast: doneBefore },
      tombstones: { table: sql`tombstone`, key: sql`member_id, id`, isPast: deletedBefore },
    } satisfies Record<string, Purgeable>
  }
}

/** Skips rows that are locked by others. A row that is past its time stays so. */
const deleteOfMembers = ({ table, key, isPast }: Purgeable, slice: MemberSlice, limit: number, calendar: Calendar) => sql`
  WITH slice AS MATERIALIZED (
    SELECT id, ${today(sql`member`, calendar)} AS today FROM (${membersOf(slice)}) member
  ), past AS MATERIALIZED (
    SELECT past.* FROM slice CROSS JOIN LATERAL (
      SELECT member_id, ${key} FROM ${table} WHERE member_id = slice.id AND ${isPast} LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
    ) past
    LIMIT ${limit}::int
  )
  DELETE FROM ${table} WHERE (member_id, ${key}) IN (SELECT * FROM past)`

/** The condition is repeated outside: a row may have changed before it was locked. */
const deletePast = ({ table, key, isPast }: Purgeable, limit: number) => sql`
  DELETE FROM ${table}
  WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${isPast} LIMIT ${limit}::int FOR UPDATE SKIP LOCKED) AND ${isPast}`
