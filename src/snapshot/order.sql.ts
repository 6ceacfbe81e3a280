import type { Queryable } from '../database/database.js'
import type { MemberRow, ScenarioRow, Snapshot } from './snapshot.types.js'

type Order = { memberId: string; ids: string[]; positions: number[] }

/** Locked members' lists: ids, positions, version, all that a move needs (`Parts.orderAlone`). */
export async function readOrders(
  db: Queryable,
  locked: ReadonlyMap<string, { listVersion: number }>,
): Promise<Map<string, Omit<Snapshot, 'today'>>> {
  const orders = await db.$queryRaw<Order[]>`
    SELECT member_id::text AS "memberId", json_agg(id ORDER BY position) AS ids, json_agg(position ORDER BY position) AS positions
    FROM scenario WHERE member_id = ANY (${[...locked.keys()]}::uuid[]) AND deleted_at IS NULL GROUP BY member_id`
  const byMember = new Map(orders.map((order) => [order.memberId, order]))
  return new Map([...locked].map(([id, { listVersion }]) => [id, inOrder(id, listVersion, byMember.get(id))]))
}

function inOrder(id: string, listVersion: number, order?: Order): Omit<Snapshot, 'today'> {
  const scenarios = (order?.ids ?? []).map((scenarioId, index) => ({ id: scenarioId, position: order?.positions[index] }) as ScenarioRow)
  return { listVersion, scenarios, member: { id, listVersion, scenarios } as MemberRow }
}
