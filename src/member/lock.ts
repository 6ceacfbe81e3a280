import type { Queryable } from '../database/database.js'
import { rowLock, type Tx, type UnitOfWork } from '../database/transaction.js'
import { memberGone } from '../errors.js'
import { Prisma } from '../generated/prisma/client.js'

export type LockedMember = { listVersion: number }

/**
 * Locks a member: the row stands for the member's whole list, even an empty one. Every change of
 * scenarios, templates, zone and start of day takes it first: the order member, scenario, mission
 * excludes deadlocks. Read what it guards in a later statement: under READ COMMITTED a statement
 * that waits for a lock still sees other rows as they were before the wait (ADR 1).
 */
export async function lockMember(unit: UnitOfWork, memberId: string): Promise<LockedMember> {
  const member = (await lockRows(unit.tx, [memberId], rowLock(unit))).get(memberId)
  if (!member) throw memberGone()
  return member
}

/**
 * Locks several members; without `waitForLocks`, only those that nobody else holds. It never waits
 * for several: one would block all others, and two such calls might deadlock.
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
