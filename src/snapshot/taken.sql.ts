import { Prisma } from '../generated/prisma/client.js'

const { sql } = Prisma

/**
 * True where an id that a client made is that of something else of the member: ids are unique over all types, as the keys of a client's
 * cache. To be asked under the member's lock, so that no two creations ask at once; what is deleted keeps its id until the purge.
 */
export const isTaken = (memberId: string, id: string): Prisma.Sql => sql`(
  ${id}::uuid = ${memberId}::uuid
  OR EXISTS (SELECT FROM scenario WHERE member_id = ${memberId}::uuid AND id = ${id}::uuid)
  OR EXISTS (SELECT FROM mission WHERE member_id = ${memberId}::uuid AND id = ${id}::uuid))`
