import type { Queryable } from '../database/database.js'
import { Prisma } from '../generated/prisma/client.js'

const { sql } = Prisma

/**
 * True where a client's id is another thing's of the member: ids are unique over all types, and
 * stay taken until the purge. Under the member's lock, so that no two creations ask at once.
 */
export const isAnyTaken = (memberId: string, ids: string[]): Prisma.Sql => sql`EXISTS (
  SELECT FROM unnest(${ids}::uuid[]) AS wanted (id)
  WHERE wanted.id = ${memberId}::uuid
    OR EXISTS (SELECT FROM scenario WHERE member_id = ${memberId}::uuid AND scenario.id = wanted.id)
    OR EXISTS (SELECT FROM mission WHERE member_id = ${memberId}::uuid AND mission.id = wanted.id)
    OR EXISTS (SELECT FROM pause WHERE member_id = ${memberId}::uuid AND pause.id = wanted.id)
    OR EXISTS (SELECT FROM refresh_token WHERE member_id = ${memberId}::uuid AND family = wanted.id)
    OR EXISTS (SELECT FROM tombstone WHERE member_id = ${memberId}::uuid AND tombstone.id = wanted.id))`

/** The same in a statement of its own; sends none for no ids. */
export async function areAnyTaken(db: Queryable, memberId: string, ids: string[]): Promise<boolean> {
  if (ids.length === 0) return false
  const [row] = await db.$queryRaw<{ taken: boolean }[]>`SELECT ${isAnyTaken(memberId, ids)} AS taken`
  return row?.taken ?? false
}
