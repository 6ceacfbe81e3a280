import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Move, MovingList } from '../../src/scenario/moves.js'
import type { MemberRow, ScenarioRow, Snapshot } from '../../src/snapshot/snapshot.types.js'

const ids = ['a', 'b', 'c', 'd', 'e']
const list = ids.map((id, index) => ({ id, position: index })) as ScenarioRow[]
const id = fc.constantFrom(...ids, 'gone')
const moves = fc.array(
  fc.record({
    id,
    prevId: fc.option(id),
    nextId: fc.option(id),
    expectedListVersion: fc.option(fc.integer({ min: 7, max: 12 }), { nil: undefined }),
    operation: fc.option(fc.record({ id: fc.constantFrom('x', 'y', 'z'), fingerprint: fc.constantFrom('1', '2') }), { nil: undefined }),
  }),
  { maxLength: 12 },
) as fc.Arbitrary<Move[]>

/**
 * Mutation check: red where MovingList does not go on from the list, the version or the operations that it has made, or with `changed` of the last
 * move alone.
 */
test('moves that are made together come out as moves that are made one by one', () => {
  fc.assert(
    fc.property(moves, (wanted) => {
      const member = { listVersion: 7, scenarios: list } as MemberRow
      const done = new Map([['x', '1']])
      const together = new MovingList({ member, scenarios: list, listVersion: 7 }, done)
      const outcomes = wanted.map((move) => together.make(move))
      let state: Omit<Snapshot, 'today'> = { member, scenarios: list, listVersion: 7 }
      for (const [index, move] of wanted.entries()) {
        const one = new MovingList(state, done)
        const alone = one.make(move)
        expect(outcomes[index]).toEqual(alone)
        for (const { id, fingerprint } of one.operations) done.set(id, fingerprint)
        if (alone !== 'deferred' && 'result' in alone) state = alone.result
        expect(state.member).toMatchObject({ listVersion: state.listVersion, scenarios: state.scenarios })
      }
      expect(together.moves).toBe(state.listVersion - 7)
      const written = new Map(together.changed.map(({ id, position }) => [id, position]))
      const after = list.map(({ id, position }) => ({ id, position: written.get(id) ?? position }))
      const inOrder = after.toSorted((one, other) => one.position - other.position)
      expect(inOrder).toEqual(state.scenarios.map(({ id, position }) => ({ id, position })))
    }),
  )
})
