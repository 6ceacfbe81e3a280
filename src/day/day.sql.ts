import { type Calendar, nextCloseAt, today } from '../calendar.sql.js'
import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'

const { sql } = Prisma
const member = sql`member`

/** `lines`: about what its receipt counts. `inactive`: not seen for as long as history is kept. */
export type DueMember = { id: string; lines: number; inactive: boolean }

export const isInactive = ({ sqlNow }: Clock): Prisma.Sql => sql`(last_seen_on < ${sqlNow}::date - ${limits.historyDays}::int)`

/** Members with a day to close, those who have waited longest first. Takes no locks. */
export async function findDueMembers(
  db: Queryable,
  { clock }: Calendar,
  { limit, except }: { limit: number; except: string[] },
): Promise<DueMember[]> {
  return db.$queryRaw`
    SELECT id::text, ${isInactive(clock)} AS inactive,
           (SELECT count(*)::int FROM mission WHERE member_id = member.id AND use_date IS NULL) AS lines
    FROM member
    WHERE next_close_at <= ${clock.sqlNow} AND id <> ALL (${except}::uuid[])
    ORDER BY next_close_at
    LIMIT ${limit}::int`
}

/** `late`: due for `lateSeconds`. `oldestSeconds`: since when one is, since 1970; 0 for none. */
export async function countDueMembers(
  db: Queryable,
  { clock }: Calendar,
  { lateSeconds }: { lateSeconds: number },
): Promise<{ members: number; late: number; oldestSeconds: number }> {
  const [row] = await db.$queryRaw<[{ members: number; late: number; oldestSeconds: number }]>`
    SELECT count(*)::int AS members,
           (count(*) FILTER (WHERE next_close_at <= ${clock.sqlNow} - make_interval(secs => ${lateSeconds}::int)))::int AS late,
           coalesce(extract(epoch FROM min(next_close_at)), 0)::float8 AS "oldestSeconds"
    FROM member WHERE next_close_at <= ${clock.sqlNow}`
  return row
}

/** An array as PostgreSQL writes it: a parameter for each id was half of the process's work. */
export type IdList = `{${string}}`
export const idList = (ids: readonly string[]): IdList => `{${ids.join()}}`

export type LockedMembers = { count: number; ids: IdList }

/** Locks those who still have a day to close. Skips those locked by others: they come later. */
export async function lockDueMembers(tx: Tx, { clock }: Calendar, memberIds: string[]): Promise<LockedMembers> {
  const [locked] = await tx.$queryRaw<[LockedMembers]>`
    WITH locked AS (
      SELECT id FROM member
      WHERE id = ANY (${idList(memberIds)}::uuid[]) AND next_close_at <= ${clock.sqlNow}
      FOR NO KEY UPDATE SKIP LOCKED
    )
    SELECT count(*)::int AS count, coalesce(array_agg(id), '{}')::text AS ids FROM locked`
  return locked
}

/**
 * Keeps the job from walking past inactive members; gives how many. One may have come back in the
 * meantime. Those locked by others are left for the next run.
 */
export function suspendClosing(tx: Tx, { clock }: Calendar, memberIds: string[]): Promise<number> {
  return tx.$executeRaw`
    UPDATE member SET next_close_at = 'infinity'
    WHERE id IN (SELECT id FROM member WHERE id = ANY (${memberIds}::uuid[]) AND ${isInactive(clock)} FOR NO KEY UPDATE SKIP LOCKED)`
}

/** Postpones a member whose day can't be closed, unless somebody else has closed it meanwhile. */
export async function postponeClosing(db: Queryable, { clock }: Calendar, memberId: string, seconds: number): Promise<void> {
  await db.$executeRaw`
    UPDATE member SET next_close_at = ${clock.sqlNow} + make_interval(secs => ${seconds}::int)
    WHERE id = ${memberId}::uuid AND next_close_at <= ${clock.sqlNow}`
}

/**
 * Writes, once a day, that a member was seen. Days of one who was inactive become due now, not when
 * they ended: they are not late. False where it would have to wait for the member's row: a request
 * waits for no such thing.
 */
export async function touchMember(db: Queryable, calendar: Calendar, memberId: string): Promise<boolean> {
  const due = sql`SELECT id FROM member WHERE id = ${memberId}::uuid AND last_seen_on < ${today(member, calendar)}`
  const dueAgain = sql`least(next_close_at, greatest(${nextCloseAt(sql`member.closed_through`, member, calendar)}, ${calendar.clock.sqlNow}))`
  const [row] = await db.$queryRaw<[{ isDone: boolean }]>`
    WITH locked AS MATERIALIZED (
      ${due} FOR NO KEY UPDATE SKIP LOCKED
    ), touched AS (
      UPDATE member SET last_seen_on = ${today(member, calendar)}, next_close_at = ${dueAgain}
      WHERE id = (SELECT id FROM locked)
    )
    SELECT EXISTS (SELECT FROM locked) OR NOT EXISTS (${due}) AS "isDone"`
  return row.isDone
}
