import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Tx } from '../database/transaction.js'
import { idTaken } from '../errors.js'
import { Prisma } from '../generated/prisma/client.js'
import type { Operation } from './operation.js'

const { sql } = Prisma

export type OwnedOperation = { memberId: string; operation: Operation }

/**
 * Records an operation, in its effect's transaction, under the member's lock. False if it was done
 * before: the effect is left out, the response is how things are now. ID_TAKEN: another has its id.
 */
export async function beginOperation(tx: Tx, { sqlNow }: Clock, memberId: string, operation: Operation | undefined): Promise<boolean> {
  if (!operation) return true
  const { id, fingerprint } = operation
  // DO NOTHING would return no existing row. xmax is 0 in an inserted row, not in a locked one.
  const [begun] = await tx.$queryRaw<{ isNew: boolean; isSame: boolean }[]>`
    INSERT INTO operation (member_id, id, fingerprint, done_at)
    VALUES (${memberId}::uuid, ${id}::uuid, decode(${fingerprint}, 'hex'), ${sqlNow})
    ON CONFLICT (member_id, id) DO UPDATE SET id = excluded.id
    RETURNING xmax = 0 AS "isNew", fingerprint = decode(${fingerprint}, 'hex') AS "isSame"`
  if (!begun?.isSame) throw idTaken('operation')
  return begun.isNew
}

/** The operations that were done: by member, each id's fingerprint. Under the members' locks. */
export async function findOperations(db: Queryable, operations: OwnedOperation[]): Promise<Map<string, Map<string, string>>> {
  const found = new Map<string, Map<string, string>>()
  if (operations.length === 0) return found
  const rows = await db.$queryRaw<{ memberId: string; id: string; fingerprint: string }[]>`
    SELECT member_id::text AS "memberId", id::text, encode(operation.fingerprint, 'hex') AS fingerprint
    FROM operation JOIN ${listed(operations)} USING (member_id, id)`
  for (const { memberId, id, fingerprint } of rows) {
    const ofMember = found.get(memberId) ?? new Map<string, string>()
    found.set(memberId, ofMember.set(id, fingerprint))
  }
  return found
}

/** Inserts new operations, as a part of their effect's statement. */
export const insertOperations = ({ sqlNow }: Clock, operations: OwnedOperation[]): Prisma.Sql => sql`
  INSERT INTO operation (member_id, id, fingerprint, done_at)
  SELECT member_id, id, decode(fingerprint, 'hex'), ${sqlNow} FROM ${listed(operations)}`

const listed = (operations: OwnedOperation[]): Prisma.Sql => sql`
  unnest(${operations.map(({ memberId }) => memberId)}::uuid[], ${operations.map(({ operation }) => operation.id)}::uuid[],
         ${operations.map(({ operation }) => operation.fingerprint)}::text[]) AS listed (member_id, id, fingerprint)`
