import type { Clock } from '../clock.js'
import type { Tx } from '../database/transaction.js'
import { limitExceeded } from '../errors.js'
import { limits } from '../limits.js'
import { type Placed, prepend } from './ordering.js'
import { type Listed, writePositions } from './scenario.sql.js'

/** Gives the position at the top, under the member's lock. LIMIT_EXCEEDED: the list is full. */
export async function makeRoomOnTop(
  tx: Tx,
  clock: Clock,
  { memberId, scenarioId, list }: { memberId: string; scenarioId: string; list: readonly Pick<Listed, 'id' | 'position'>[] },
): Promise<number> {
  const listed = list.filter((scenario): scenario is Placed => scenario.position !== null)
  if (listed.length >= limits.scenariosPerMember) throw limitExceeded('scenarios', limits.scenariosPerMember)
  const { items, changed, rebalanced } = prepend<Placed>(listed, { id: scenarioId, position: 0 })
  // The caller writes the scenario's own position: it is not inserted yet, or still deleted.
  const others = changed.filter(({ id }) => id !== scenarioId)
  if (rebalanced) await writePositions(tx, clock, [{ memberId, moves: 0, changed: others, operations: [] }])
  return (items[0] as Placed).position
}
