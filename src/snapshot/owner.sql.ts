import { type Calendar, today } from '../calendar.sql.js'
import { Prisma } from '../generated/prisma/client.js'

const { sql } = Prisma

/** A member's row, to be named `owner`. OFFSET 0: `today` is computed once, not at each use. */
export const ownerRow = (memberId: Prisma.Sql, calendar: Calendar): Prisma.Sql => sql`(
  SELECT id, nickname, time_zone, day_starts_at, closed_through, list_version, notifications_paused, created_at, ${today(sql`member`, calendar)} AS today
  FROM member WHERE id = ${memberId} OFFSET 0)`

/** What stands in each row of a snapshot. */
export const ownerColumns = sql`owner.id::text AS "memberId", owner.today::text, owner.list_version AS "listVersion"`

/** The member's other fields (`MemberFields`). */
export const memberFields = sql`json_build_object(
  'nickname', owner.nickname, 'timeZone', owner.time_zone, 'dayStartsAt', to_char(owner.day_starts_at, 'HH24:MI'),
  'dayEndsAt', rfc3339(day_start(owner.today + 1, owner.time_zone, owner.day_starts_at)), 'notificationsPaused', owner.notifications_paused,
  'createdAt', rfc3339(owner.created_at))`
