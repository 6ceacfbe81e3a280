import type { z } from 'zod'
import { Batcher, type Batching, type BatchOutcome } from '../database/batcher.js'
import { badUserInput, idTaken, memberGone, notFound, orderConflict } from '../errors.js'
import type { ServiceDeps } from '../member/change.js'
import { lockMembers } from '../member/lock.js'
import type { Operation } from '../operation/operation.js'
import { findOperations } from '../operation/operations.js'
import { readOrders } from '../snapshot/order.sql.js'
import type { Parts } from '../snapshot/parts.js'
import { readSnapshots } from '../snapshot/snapshot.sql.js'
import type { MemberRow, ScenarioRow, Snapshot } from '../snapshot/snapshot.types.js'
import type { ChangedList } from './changed-list.js'
import { type Placed, place } from './ordering.js'
import type { moveRule } from './scenario.input.js'
import { writePositions } from './scenario.sql.js'

export type Move = z.output<typeof moveRule>

/** The scenario that was moved and its list, as they were right after the move. */
export type MovedList = ChangedList & { rebalanced: boolean }

type Submitted = { memberId: string; move: Move; parts: Parts }

type Dependencies = ServiceDeps & {
  changed(memberId: string): void
  batching: Batching
}

/**
 * Moves scenarios. Moves that arrive while others are under way share a transaction: those of a
 * member are made one after the other, as if each had its own. A burst takes one lock, one read and
 * one write.
 */
export class Moves {
  readonly #deps: Dependencies
  readonly #batcher: Batcher<Submitted, MovedList>

  constructor(deps: Dependencies) {
    this.#deps = deps
    this.#batcher = new Batcher({
      ...deps.batching,
      partitionKey: ({ memberId }) => memberId,
      groupKey: ({ parts }) => JSON.stringify(parts),
      sameKeyTogether: true,
      run: (submitted, how) => this.#moveAll(submitted, how),
    })
  }

  /** Moves a scenario between the neighbours its client saw; gives the whole list after it. */
  async make(memberId: string, move: Move, parts: Parts): Promise<MovedList> {
    const moved = await this.#batcher.submit({ memberId, move, parts })
    this.#deps.changed(memberId)
    return moved
  }

  async #moveAll(submitted: Submitted[], how: { waitForLocks: boolean }): Promise<BatchOutcome<MovedList>[]> {
    const memberIds = [...new Set(submitted.map(({ memberId }) => memberId))]
    const { parts } = submitted[0] as Submitted
    let decided = false
    try {
      return await this.#deps.transact(async ({ tx }) => {
        decided = false
        const locked = await lockMembers(tx, memberIds, how)
        const lists = parts.orderAlone
          ? await readOrders(tx, locked)
          : await readSnapshots(tx, this.#deps.calendar, { memberIds: [...locked.keys()], parts })
        const operations = submitted.flatMap(({ memberId, move: { operation } }) =>
          operation && locked.has(memberId) ? { memberId, operation } : [],
        )
        const done = await findOperations(tx, operations)
        const moving = new Map([...lists].map(([memberId, list]) => [memberId, new MovingList(list, done.get(memberId))]))
        // A missing member is deleted, or perhaps only locked.
        const missing = how.waitForLocks ? { error: memberGone() } : ('deferred' as const)
        const outcomes = submitted.map(({ memberId, move }) => moving.get(memberId)?.make(move) ?? missing)
        const changes = [...moving].flatMap(([memberId, { moves, changed, operations }]) =>
          moves > 0 ? [{ memberId, moves, changed, operations }] : [],
        )
        if (changes.length > 0) await writePositions(tx, this.#deps.calendar.clock, changes)
        decided = true
        return outcomes
      }, how)
    } catch (error) {
      // Nothing was written. Once decided, it may have been, and must not be done twice.
      if (memberIds.length > 1 && !decided) return submitted.map(() => 'deferred')
      throw error
    }
  }
}

/** A list for several moves, each made in the list that the last one left. */
export class MovingList {
  readonly #member: MemberRow | null
  #scenarios: ScenarioRow[]
  #listVersion: number
  readonly #positions = new Map<string, number>()
  /** The fingerprints of operations that were done, earlier or here, by id. */
  readonly #done: Map<string, string>
  readonly operations: Operation[] = []
  moves = 0

  constructor({ member, scenarios, listVersion }: Omit<Snapshot, 'today'>, done: ReadonlyMap<string, string> = new Map()) {
    this.#done = new Map(done)
    this.#member = member
    this.#scenarios = scenarios
    this.#listVersion = listVersion
  }

  /** The positions that all moves together have changed. */
  get changed(): Placed[] {
    return [...this.#positions].map(([id, position]) => ({ id, position }))
  }

  make({ id, expectedListVersion, operation, ...neighbours }: Move): BatchOutcome<MovedList> {
    const [prevId, nextId] = [neighbours.prevId ?? null, neighbours.nextId ?? null]
    const ids = this.#scenarios.map((scenario) => scenario.id)
    const earlier = operation && this.#done.get(operation.id)
    if (earlier !== undefined && earlier !== operation?.fingerprint) return { error: idTaken('operation') }
    if (!ids.includes(id)) return { error: notFound('scenario') }
    if (earlier !== undefined) return { result: this.#state(id, { rebalanced: false }) }
    const stale = expectedListVersion !== undefined && expectedListVersion !== this.#listVersion
    if (!stale && prevId === null && nextId === null && ids.length > 1) return { error: withoutNeighbours() }
    const moved = stale ? null : place(this.#scenarios, id, { prevId, nextId })
    if (!moved) return { error: orderConflict(this.#listVersion, ids) }
    for (const { id, position } of moved.changed) this.#positions.set(id, position)
    this.#scenarios = moved.items
    this.#listVersion++
    this.moves++
    if (operation) {
      this.#done.set(operation.id, operation.fingerprint)
      this.operations.push(operation)
    }
    return { result: this.#state(id, moved) }
  }

  #state(id: string, { rebalanced }: { rebalanced: boolean }): MovedList {
    const list = { scenarios: this.#scenarios, listVersion: this.#listVersion }
    const scenario = list.scenarios.find((item) => item.id === id) as ScenarioRow
    return { member: this.#member && { ...this.#member, ...list }, scenario, ...list, rebalanced }
  }
}

/** With others in the list, a client sees a neighbour where it drops: both missing is its fault. */
const withoutNeighbours = () => badUserInput([{ path: 'input.prevId', message: 'must be given, or nextId: the list has other scenarios.' }])
