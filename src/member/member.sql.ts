import { type Calendar, grace } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { Prisma } from '../generated/prisma/client.js'
import { beforeAll } from '../member-slice.sql.js'

const { sql } = Prisma

export type NewMember = { id: string; nickname: string; timeZone: string; provider: string; subject: string }

export async function findByIdentity(tx: Tx, provider: string, subject: string): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ memberId: string }[]>`
    SELECT member_id::text AS "memberId" FROM identity WHERE provider = ${provider} AND subject = ${subject}`
  return row?.memberId ?? null
}

/**
 * False if somebody else has made a member for this identity, perhaps at the same moment (the
 * insert waits for that commit). Its first day is today: all before counts as closed.
 */
export async function insertMember(tx: Tx, calendar: Calendar, member: NewMember): Promise<boolean> {
  const { clock } = calendar
  const inserted = await tx.$executeRaw`
    WITH claim AS (
      INSERT INTO identity (provider, subject, member_id, created_at)
      VALUES (${member.provider}, ${member.subject}, ${member.id}::uuid, ${clock.sqlNow})
      ON CONFLICT DO NOTHING
      RETURNING member_id
    )
    INSERT INTO member (id, nickname, time_zone, closed_through, next_close_at, last_seen_on, created_at, updated_at)
    SELECT claim.member_id, ${member.nickname}, ${member.timeZone}, local.today - 1,
           day_start(local.today + 1, ${member.timeZone}, '00:00') + ${grace(calendar)},
           local.today, ${clock.sqlNow}, ${clock.sqlNow}
    FROM claim, (SELECT local_date(${clock.sqlNow}, ${member.timeZone}, '00:00', NULL) AS today) local`
  return inserted === 1
}

export type MemberChange = {
  nickname?: string | undefined
  timeZone?: string | undefined
  dayStartsAt?: string | undefined
  notificationsPaused?: boolean | undefined
}

/** Also sets when the next day is closed, which depends on zone and start of day. */
export async function updateMember(tx: Tx, calendar: Calendar, memberId: string, change: MemberChange): Promise<void> {
  const timeZone = sql`coalesce(${change.timeZone ?? null}, time_zone)`
  const dayStartsAt = sql`coalesce(${change.dayStartsAt ?? null}::time, day_starts_at)`
  await tx.$executeRaw`
    UPDATE member SET
      nickname = coalesce(${change.nickname ?? null}, nickname),
      time_zone = ${timeZone},
      day_starts_at = ${dayStartsAt},
      settings_since = CASE WHEN (time_zone, day_starts_at) = (${timeZone}, ${dayStartsAt}) THEN settings_since ELSE ${calendar.clock.sqlNow} END,
      notifications_paused = coalesce(${change.notificationsPaused ?? null}, notifications_paused),
      next_close_at = day_start(closed_through + 2, ${timeZone}, ${dayStartsAt}) + ${grace(calendar)},
      updated_at = ${calendar.clock.sqlNow}
    WHERE id = ${memberId}::uuid`
}

/** How many missions a statement deletes: some 50 ms, where each looks for checks of its own. */
const missionsAtATime = 1_000

/**
 * Deletes some missions of a locked member, or some checks, in the order of their ids after
 * `after`. Gives the last one's id; null where none is left.
 */
export async function deleteMissions(
  tx: Tx,
  memberId: string,
  { onlyChecks, after }: { onlyChecks: boolean; after: string | null },
): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ last: string | null }[]>`
    WITH slice AS MATERIALIZED (
      SELECT id FROM mission
      WHERE member_id = ${memberId}::uuid AND id > ${after ?? beforeAll}::uuid AND (parent_mission_id IS NOT NULL OR NOT ${onlyChecks}::boolean)
      ORDER BY id LIMIT ${missionsAtATime}::int
    ), deleted AS (
      DELETE FROM mission USING slice WHERE member_id = ${memberId}::uuid AND mission.id = slice.id
    )
    SELECT CASE WHEN count(*) = ${missionsAtATime}::int THEN max(id::text) END AS last FROM slice`
  return row?.last ?? null
}

/** Deletes a member and, by the foreign keys, all that is left of it. */
export async function deleteMember(tx: Tx, memberId: string): Promise<void> {
  await tx.$executeRaw`DELETE FROM member WHERE id = ${memberId}::uuid`
}

/** Every IANA name that PostgreSQL knows. It reads its zone files for this: call it once. */
export async function readTimeZones(db: Pick<Queryable, '$queryRaw'>): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right)/' AND name NOT IN ('Factory', 'localtime', 'posixrules')`
  return new Set(rows.map(({ name }) => name))
}
