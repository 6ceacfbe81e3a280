import { closeDueDays } from '../day/closing.js'
import { memberGone } from '../errors.js'
import type { Tx } from '../infra/transaction.js'
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
export async function lockMember(tx: Tx, days: Days, memberId: string): Promise<LockedMember> {
  const [member] = await tx.$queryRaw<(LockedMember & { due: boolean })[]>`
    SELECT list_version AS "listVersion", next_close_at <= ${days.clock.sqlNow} AS due FROM member WHERE id = ${memberId}::uuid FOR UPDATE`
  if (!member) throw memberGone()
  if (member.due) await closeDueDays(tx, days, [memberId], 'lazy')
  return member
}
