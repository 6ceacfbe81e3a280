import type { Queryable } from '../database/database.js'
import { rowLock, type Tx, type UnitOfWork } from '../database/transaction.js'
import { memberGone } from '../errors.js'
import { Prisma } from '../generated/prisma/client.js'

export type LockedMember = { listVersion: number }

/**
 * Takes the lock of a member: the row that stands for the member's whole list, also while the list is empty. Every
 * change of scenarios, templates, zone and start of day takes it first, so that the order of locks is always member,
 * scenario, mission and nothing can deadlock. What it guards must be read in a later statement: under READ COMMITTED a
 * statement that waits for a lock still sees the other rows as they were before the wait.
 */
export async function lockMember(unit: UnitOfWork, memberId: string): Promise<LockedMember> {
  const member = (await lockRows(unit.tx, [memberId], rowLock(unit))).get(memberId)
  if (!member) throw memberGone()
  return member
}

/**
 * Takes the locks of several members; where `waitForLocks` is false, only of those whom nobody else holds at the moment. Several are
 * never waited for: one would block all the others, and two who did so might wait for each other.
 */
export function lockMembers(tx: Tx, memberIds: string[], { waitForLocks }: { waitForLocks: boolean }): Promise<Map<string, LockedMember>> {
  return lockRows(tx, memberIds, waitForLocks && memberIds.length === 1 ? Prisma.empty : Prisma.sql`SKIP LOCKED`)
}

async function lockRows(tx: Tx, memberIds: string[], whereLocked: Prisma.Sql): Promise<Map<string, LockedMember>> {
  const members = await tx.$queryRaw<(LockedMember & { id: string })[]>`
    SELECT id::text, list_version AS "listVersion" FROM member WHERE id = ANY (${memberIds}::uuid[]) FOR UPDATE ${whereLocked}`
  return new Map(members.map((member) => [member.id, member]))
}

export async function memberExists(db: Queryable, memberId: string): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`SELECT FROM member WHERE id = ${memberId}::uuid`
  return rows.length === 1
}
