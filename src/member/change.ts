import type { Calendar } from '../calendar.sql.js'
import type { Clock } from '../clock.js'
import type { Queryable } from '../database/database.js'
import type { Transact, UnitOfWork } from '../database/transaction.js'
import type { Log } from '../log.js'
import type { Operation } from '../operation/operation.js'
import { beginOperation } from '../operation/operations.js'
import { type LockedMember, lockMember } from './lock.js'

export type MemberUnit = UnitOfWork & LockedMember

export type Change<Done, Response> = {
  /** What the change does; left out where its operation was done before. */
  effect(unit: MemberUnit): Promise<Done>
  /** Reads how things are afterwards. `done`: the effect's result; null where it was left out. */
  response(unit: MemberUnit, done: Done | null): Promise<Response>
}

export type ChangeMember = <Done, Response>(
  memberId: string,
  operation: Operation | undefined,
  change: Change<Done, Response>,
) => Promise<Response>

/** What services are made with. Each uses some of it. */
export type ServiceDeps = {
  database: Queryable
  /** For single statements of hot paths. */
  sqlClient: Queryable
  transact: Transact
  change: ChangeMember
  calendar: Calendar
  clock: Clock
  log: Log
}

/**
 * Every change of a member's data: in the member's queue, under its lock, and once for each
 * operation. A rejected effect leaves no operation behind: it may be sent again.
 */
export function createChangeMember({ transact, clock }: { transact: Transact; clock: Clock }): ChangeMember {
  return (memberId, operation, { effect, response }) =>
    transact(
      async (unit) => {
        const member = { ...unit, ...(await lockMember(unit, memberId)) }
        const done = (await beginOperation(unit.tx, clock, memberId, operation)) ? await effect(member) : null
        return response(member, done)
      },
      { memberId },
    )
}
