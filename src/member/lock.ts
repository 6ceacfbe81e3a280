import { rowLock, type Tx, type UnitOfWork } from '../database/transaction.js'
import { closeDueDays } from '../day/closing.js'
import { memberGone } from '../errors.js'
import { Prisma } from '../generated/prisma/client.js'
import type { Days } from '../snapshot/checklist.sql.js'

export type LockedMember = { listVersion: number }

/**
 * Takes the lock of a member: the row that stands for the member's whole list, also while the list is empty. Every
 * change of scenarios, templates, zone and start of day takes it first, so that the order of locks is always member,
 * scenario, mission and nothing can deadlock. What it guards must be read in a later statement: under READ COMMITTED a
 * statement that waits for a lock still sees the other rows as they were before the wait.
 *
 * Days that are due are closed before anything changes, so that history is the same however late the job is.
 */
export async function lockMember(unit: UnitOfWork, days: Days, memberId: string): Promise<LockedMember> {
  const member = (await lockRows(unit.tx, days, [memberId], rowLock(unit))).get(memberId)
  if (!member) throw memberGone()
  return member
}

/**
 * The same of several members: unless it waits for locks, only of those whom nobody else holds at the moment. Several are never
 * waited for: one would hold up all the others, and two who did so might wait for each other.
 */
export function lockMembers(
  tx: Tx,
  days: Days,
  memberIds: string[],
  { waitForLocks }: { waitForLocks: boolean },
): Promise<Map<string, LockedMember>> {
  return lockRows(tx, days, memberIds, waitForLocks && memberIds.length === 1 ? Prisma.empty : Prisma.sql`SKIP LOCKED`)
}

async function lockRows(tx: Tx, days: Days, memberIds: string[], whereLocked: Prisma.Sql): Promise<Map<string, LockedMember>> {
  const members = await tx.$queryRaw<(LockedMember & { id: string; due: boolean })[]>`
    SELECT id::text, list_version AS "listVersion", next_close_at <= ${days.clock.sqlNow} AS due
    FROM member WHERE id = ANY (${memberIds}::uuid[]) FOR UPDATE ${whereLocked}`
  const due = members.filter((member) => member.due).map(({ id }) => id)
  if (due.length > 0) await closeDueDays(tx, days, due, 'lazy')
  return new Map(members.map((member) => [member.id, member]))
}
