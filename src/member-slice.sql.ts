import type { Queryable } from './database/database.js'
import { Prisma } from './generated/prisma/client.js'

/** Some members, in the order of their ids: those after one of them, or the first ones. */
export type MemberSlice = { after: string | null; size: number }

/** Before every id: one comparison, without "or", lets each slice start in the index. */
export const beforeAll = '00000000-0000-0000-0000-000000000000'

export const membersOf = ({ after, size }: MemberSlice): Prisma.Sql =>
  Prisma.sql`SELECT * FROM member WHERE id > ${after ?? beforeAll}::uuid ORDER BY id LIMIT ${size}::int`

/** The last member of a slice; null where there is none. */
export async function lastOf(db: Queryable, slice: MemberSlice): Promise<string | null> {
  const [row] = await db.$queryRaw<{ id: string | null }[]>`SELECT max(id::text) AS id FROM (${membersOf(slice)}) slice`
  return row?.id ?? null
}
