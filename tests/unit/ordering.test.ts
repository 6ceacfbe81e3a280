import fc from 'fast-check'
import { expect, test } from 'vitest'
import { insertBetween, type Placed, place, prepend } from '../../src/scenario/ordering.js'

const ids = (items: readonly Placed[]) => items.map(({ id }) => id)
const list = (...positions: number[]): Placed[] => positions.map((position, index) => ({ id: 'abcdefgh'[index] as string, position }))

test('the middle of a gap changes one position', () => {
  expect(place(list(0, 100, 200), 'c', { prevId: 'a', nextId: 'b' })).toEqual({
    items: [
      { id: 'a', position: 0 },
      { id: 'c', position: 50 },
      { id: 'b', position: 100 },
    ],
    changed: [{ id: 'c', position: 50 }],
    rebalanced: false,
  })
})

test('a gap that is used up rebalances the whole list', () => {
  const placed = place(list(0, 1, 200), 'c', { prevId: 'a', nextId: 'b' })
  expect(placed).toMatchObject({
    rebalanced: true,
    items: [
      { id: 'a', position: 0 },
      { id: 'c', position: 65_536 },
      { id: 'b', position: 131_072 },
    ],
  })
})

test('the ends of the range of positions are no ends of the list', () => {
  expect(prepend(list(-(2 ** 31), 0), { id: 'x', position: 0 })).toMatchObject({
    rebalanced: true,
    items: [{ id: 'x' }, { id: 'a' }, { id: 'b' }],
  })
  expect(place(list(0, 2 ** 31 - 1), 'a', { prevId: 'b', nextId: null })).toMatchObject({
    rebalanced: true,
    items: [{ id: 'b' }, { id: 'a' }],
  })
})

test('the only one of a list can be moved where it is', () => {
  expect(place(list(7), 'a', { prevId: null, nextId: null })).toMatchObject({ items: [{ id: 'a', position: 0 }], rebalanced: false })
})

test('a line stands right after the one before it, else right before the one after it, else at the end', () => {
  const into = (prevId: string | null, nextId: string | null) =>
    ids(insertBetween(list(0, 100, 200), { id: 'x', position: 0 }, { prevId, nextId }).items)
  expect(into('a', 'c').join('')).toBe('axbc')
  expect(into('gone', 'c').join('')).toBe('abxc')
  expect(into(null, 'b').join('')).toBe('xabc')
  expect(into('gone', null).join('')).toBe('abcx')
  expect(into('gone', 'gone').join('')).toBe('abcx')
  expect(into(null, null).join('')).toBe('abcx')
  expect(insertBetween(list(0, 100, 200), { id: 'a', position: 0 }, { prevId: 'b', nextId: null }).changed).toEqual([
    { id: 'a', position: 150 },
  ])
})

test('any sequence of moves keeps the order that a plain array has, with positions that grow', () => {
  const step = fc.record({ moved: fc.nat(7), previous: fc.option(fc.nat(7)), next: fc.option(fc.nat(7)) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      let items = list(0, 1, 2, 3, 4, 5, 6, 7)
      for (const { moved, previous, next } of steps) {
        const idOf = (index: number | null) => (index === null ? null : (items[index]?.id ?? null))
        const id = idOf(moved) as string
        const [prevId, nextId] = [idOf(previous), idOf(next)]
        const placed = place(items, id, { prevId, nextId })
        if (!placed) {
          expect([prevId, nextId]).toEqual([id, id])
          continue
        }
        const others = ids(items).filter((other) => other !== id)
        const gone = prevId === id
        const index = prevId === null ? 0 : !gone ? others.indexOf(prevId) + 1 : nextId === null ? others.length : others.indexOf(nextId)
        expect(ids(placed.items)).toEqual(others.toSpliced(index, 0, id))
        for (const [at, { position }] of placed.items.entries())
          expect(position).toBeGreaterThan(placed.items[at - 1]?.position ?? Number.NEGATIVE_INFINITY)
        const changedIds = new Set(ids(placed.changed))
        for (const item of placed.items) if (!changedIds.has(item.id)) expect(items).toContainEqual(item)
        items = placed.items
      }
    }),
  )
})
