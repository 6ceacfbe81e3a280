import type { Clock } from '../clock.js'
import type { Transact } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import { type Days, today } from '../snapshot/checklist.sql.js'

const { sql } = Prisma

export const purgeable = ['missions', 'receipts', 'refreshTokens', 'signInNonces', 'jobRuns'] as const
export type Purgeable = (typeof purgeable)[number]

/** How long the record of a job's run is kept. */
const jobRunDays = 30

/** Removes rows past their time, a chunk in a transaction. Stopped anywhere, it goes on with what is left. */
export class Purge {
  readonly #transact: Transact
  readonly #statements: Record<Purgeable, (limit: number) => Prisma.Sql>

  constructor({ transact, days }: { transact: Transact; days: Days }) {
    this.#transact = transact
    this.#statements = {
      missions: (limit) => deleteMissions(days, limit),
      receipts: (limit) =>
        deletePast(sql`day_close`, sql`date < ${days.clock.sqlNow}::date - ${limits.receiptDays + 1}::int`, sql`member_id, date`, limit),
      refreshTokens: (limit) => deletePast(sql`refresh_token`, sql`expires_at < ${days.clock.sqlNow}`, sql`token_hash`, limit),
      signInNonces: (limit) => deletePast(sql`sign_in_nonce`, sql`expires_at < ${days.clock.sqlNow}`, sql`nonce_hash`, limit),
      jobRuns: (limit) => deletePast(sql`job_run`, startedBefore(days.clock), sql`id`, limit),
    }
  }

  /** Removes so many rows at most, and gives how many it did. */
  removeChunk(kind: Purgeable, limit: number): Promise<number> {
    return this.#transact(({ tx }) => tx.$executeRaw(this.#statements[kind](limit)))
  }
}

const startedBefore = (clock: Clock) => sql`started_at < ${clock.sqlNow} - make_interval(days => ${jobRunDays}::int)`

/**
 * What somebody else is just changing is passed over. The condition stands outside once more: a row may have changed
 * between being found and being locked.
 */
function deletePast(table: Prisma.Sql, isPast: Prisma.Sql, key: Prisma.Sql, limit: number): Prisma.Sql {
  return sql`
    DELETE FROM ${table}
    WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${isPast} LIMIT ${limit}::int FOR UPDATE SKIP LOCKED) AND ${isPast}`
}

/**
 * Rows of dates before the window that history covers, by their member's own calendar. The first condition is the same
 * for everybody, a day wider than any zone can make it, and served by mission_past_idx.
 */
function deleteMissions(days: Days, limit: number): Prisma.Sql {
  const roughly = sql`mission.use_date - DATE '2000-01-01' < ${days.clock.sqlNow}::date - ${limits.historyDays - 1}::int - DATE '2000-01-01'`
  const exactly = sql`mission.use_date < ${today(sql`member`, days)} - ${limits.historyDays}::int`
  return sql`
    DELETE FROM mission
    USING scenario, member
    WHERE mission.id IN (
        SELECT mission.id
        FROM mission
        JOIN scenario ON scenario.id = mission.scenario_id
        JOIN member ON member.id = scenario.member_id
        WHERE ${roughly} AND ${exactly}
        LIMIT ${limit}::int
        FOR UPDATE OF mission SKIP LOCKED)
      AND scenario.id = mission.scenario_id AND member.id = scenario.member_id
      AND ${exactly}`
}
