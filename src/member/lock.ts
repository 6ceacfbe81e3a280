import { unauthenticated } from '../errors.js'
import type { Tx } from '../infra/transaction.js'

export type LockedMember = { listVersion: number }

/**
 * Takes the lock of a member: the row that stands for the member's whole list, also while the list is empty. Every
 * change of scenarios and templates takes it first, so that the order of locks is always member, scenario, mission and
 * nothing can deadlock.
 *
 * What it guards must be read in a later statement: under READ COMMITTED a statement that waits for a lock still sees
 * the other rows as they were before the wait.
 */
export async function lockMember(tx: Tx, memberId: string): Promise<LockedMember> {
  const [member] = await tx.$queryRaw<LockedMember[]>`
    SELECT list_version AS "listVersion" FROM member WHERE id = ${memberId}::uuid FOR UPDATE`
  if (!member) throw unauthenticated('The member of this session is gone.')
  return member
}
