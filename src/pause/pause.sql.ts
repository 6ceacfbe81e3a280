import { type Calendar, today } from '../calendar.sql.js'
import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { memberGone } from '../errors.js'
import { Prisma } from '../generated/prisma/client.js'
import { limits } from '../limits.js'
import type { Pause } from './pause.types.js'
import type { PauseChange } from './pausing.js'

const { sql } = Prisma

/** Pauses that history covers, in order of creation. UNAUTHENTICATED: there is no such member. */
export async function readPauses(db: Queryable, calendar: Calendar, memberId: string): Promise<{ today: string; pauses: Pause[] }> {
  const [row] = await db.$queryRaw<{ today: string; pauses: Pause[] }[]>`
    SELECT owner.today::text, (
      SELECT coalesce(json_agg(json_build_object('id', id, 'from', starts_on, 'to', ends_on) ORDER BY created_at, id), '[]')
      FROM pause WHERE member_id = owner.id AND ends_on >= owner.today - ${limits.historyDays}::int) AS pauses
    FROM (SELECT id, ${today(sql`member`, calendar)} AS today FROM member WHERE id = ${memberId}::uuid OFFSET 0) owner`
  if (!row) throw memberGone()
  return row
}

/** The member's lock must be held. */
export async function writePauses(tx: Tx, { sqlNow }: Clock, memberId: string, { saved, removedIds }: PauseChange): Promise<void> {
  const rows = saved ? [saved] : []
  await tx.$executeRaw`
    WITH removed AS (
      DELETE FROM pause WHERE member_id = ${memberId}::uuid AND id = ANY (${removedIds}::uuid[])
    )
    INSERT INTO pause (member_id, id, starts_on, ends_on, created_at)
    SELECT ${memberId}::uuid, saved.id, saved.starts_on, saved.ends_on, ${sqlNow}
    FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ from }) => from)}::date[], ${rows.map(({ to }) => to)}::date[])
      AS saved (id, starts_on, ends_on)
    ON CONFLICT (member_id, id) DO UPDATE SET starts_on = excluded.starts_on, ends_on = excluded.ends_on`
}
