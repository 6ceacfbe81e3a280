import { randomBytes } from 'node:crypto'
import type { Queryable } from '../database/database.js'
import { membersOf } from '../member-slice.sql.js'

/** Beyond any revision that a restoration has undone, and far from the end of its type. */
const leap = { revisions: 1_000_000_000, versions: 1_000_000 }

/** Members locked at a time. */
const sliceSize = 1_000

/** Invalidates sync tokens: they may be of changes that were undone, and lead to a full sync. */
export async function beginHistory(db: Queryable): Promise<void> {
  await db.$executeRaw`INSERT INTO restoration (restored_at, history) VALUES (clock_timestamp(), ${randomBytes(8).toString('hex')})`
}

/**
 * Moves a slice's revisions and list versions past all ever given: those after the restored moment
 * are in phones and Redis, and would be given again for something else. `last`: null at the end.
 */
export async function leapRevisions(db: Queryable, after: string | null): Promise<{ last: string | null; count: number }> {
  const [slice] = await db.$queryRaw<{ last: string | null; count: number }[]>`
    WITH slice AS (
      SELECT id FROM (${membersOf({ after, size: sliceSize })}) member
    ), leapt AS (
      UPDATE member
      SET notification_revision = notification_revision + ${leap.revisions}::bigint, list_version = list_version + ${leap.versions}::int
      FROM slice WHERE member.id = slice.id
      RETURNING member.id
    )
    SELECT max(id::text) AS last, count(*)::int AS count FROM leapt`
  return slice ?? { last: null, count: 0 }
}
