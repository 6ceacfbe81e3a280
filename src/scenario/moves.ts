import type { z } from 'zod'
import { memberGone, notFound, orderConflict } from '../errors.js'
import { Batches, type Batching, type Outcome } from '../infra/batches.js'
import type { Transact } from '../infra/transaction.js'
import { lockMembers } from '../member/lock.js'
import type { Days } from '../snapshot/checklist.sql.js'
import type { ScenarioParts } from '../snapshot/parts.js'
import { readSnapshots } from '../snapshot/snapshot.sql.js'
import type { ScenarioRow, Snapshot } from '../snapshot/snapshot.types.js'
import { type Placed, place } from './ordering.js'
import type { moveRule } from './scenario.input.js'
import { writePositions } from './scenario.sql.js'

export type Move = z.output<typeof moveRule>

/** The scenario that was moved and the list it stands in, as they were right after the move. */
export type MovedList = { scenario: ScenarioRow; scenarios: ScenarioRow[]; listVersion: number; rebalanced: boolean }

type Asked = { memberId: string; move: Move; parts: ScenarioParts }

/**
 * Moves scenarios. Those that arrive while others are under way are made together, in one transaction: of one member one
 * after the other, as if each had had its own, and of as many members as there are. A burst takes one lock, one read
 * and one write.
 */
export class Moves {
  readonly #transact: Transact
  readonly #days: Days
  readonly #batches: Batches<Asked, MovedList>

  constructor({ transact, days, batching }: { transact: Transact; days: Days; batching: Batching }) {
    this.#transact = transact
    this.#days = days
    this.#batches = new Batches({
      ...batching,
      keyOf: ({ memberId }) => memberId,
      kindOf: ({ parts }) => JSON.stringify(parts),
      sameKeyTogether: true,
      run: (asked, how) => this.#makeAll(asked, how),
    })
  }

  make(memberId: string, move: Move, parts: ScenarioParts): Promise<MovedList> {
    return this.#batches.ask({ memberId, move, parts })
  }

  async #makeAll(asked: Asked[], how: { patient: boolean }): Promise<Outcome<MovedList>[]> {
    const memberIds = [...new Set(asked.map(({ memberId }) => memberId))]
    const { parts } = asked[0] as Asked
    let decided = false
    try {
      return await this.#transact(async ({ tx }) => {
        decided = false
        const locked = await lockMembers(tx, this.#days, memberIds, how)
        const lists = await readSnapshots(tx, this.#days, { memberIds: [...locked.keys()], parts })
        const outcomes = new Map<Asked, Outcome<MovedList>>()
        const changes = memberIds.flatMap((memberId) => {
          const own = asked.filter((one) => one.memberId === memberId)
          const list = lists.get(memberId)
          const made =
            list &&
            makeInTurn(
              list,
              own.map(({ move }) => move),
            )
          // Who is not there is gone, or perhaps only held by somebody else.
          for (const [index, one] of own.entries())
            outcomes.set(one, made?.outcomes[index] ?? (how.patient ? { error: memberGone() } : null))
          return made && made.moves > 0 ? [{ memberId, ...made }] : []
        })
        if (changes.length > 0) await writePositions(tx, changes)
        decided = true
        return asked.map((one) => outcomes.get(one) ?? null)
      })
    } catch (error) {
      // Nothing was written for anybody. Else it may have been, and a second time would be one too many.
      if (memberIds.length > 1 && !decided) return asked.map(() => null)
      throw error
    }
  }
}

/** Makes several moves of one list, each in the list that the one before has left. `changed`: what stands elsewhere after all of them. */
export function makeInTurn(before: Pick<Snapshot, 'scenarios' | 'listVersion'>, wanted: Move[]) {
  let { scenarios, listVersion } = before
  let moves = 0
  const positions = new Map<string, number>()
  const outcomes = wanted.map((move): Outcome<MovedList> => {
    const { id, prevId = null, nextId = null, expectedListVersion } = move
    if (!scenarios.some((scenario) => scenario.id === id)) return { error: notFound('scenario') }
    const stale = expectedListVersion !== undefined && expectedListVersion !== listVersion
    const moved = stale ? null : place(scenarios, id, { prevId, nextId })
    if (!moved)
      return {
        error: orderConflict(
          listVersion,
          scenarios.map((scenario) => scenario.id),
        ),
      }
    for (const { id, position } of moved.changed) positions.set(id, position)
    scenarios = moved.items
    listVersion++
    moves++
    const scenario = scenarios.find((item) => item.id === id) as ScenarioRow
    return { answer: { scenario, scenarios, listVersion, rebalanced: moved.rebalanced } }
  })
  const changed: Placed[] = [...positions].map(([id, position]) => ({ id, position }))
  return { outcomes, moves, changed }
}
