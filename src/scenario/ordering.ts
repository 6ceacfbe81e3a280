/**
 * A list's order by integer positions, 2^16 apart, so that putting something between two changes
 * one position. Where a gap is used up (after some 16 moves into one place), or the range of int4
 * ends, all positions are rebalanced.
 */

const gap = 2 ** 16
const least = -(2 ** 31)
const greatest = 2 ** 31 - 1

export type Placed = { id: string; position: number }

export type Placement<T extends Placed> = {
  /** The whole list in its new order, with its new positions. */
  items: T[]
  changed: Placed[]
  rebalanced: boolean
}

/** Neighbours that a client saw at a drop. `prevId` null: at the top; `nextId` null: at the end. */
export type Neighbours = { prevId: string | null; nextId: string | null }

/**
 * Moves a thing between the neighbours that its client saw, in the present list: right after
 * `prevId`; where that is gone, right before `nextId`. Null where both are gone.
 */
export function place<T extends Placed>(list: readonly T[], id: string, { prevId, nextId }: Neighbours): Placement<T> | null {
  const moved = list.find((item) => item.id === id)
  if (!moved) return null
  const others = list.filter((item) => item.id !== id)
  const index = placeAmong(others, { prevId, nextId })
  return index === null ? null : insertAt(others, index, moved)
}

/** Like `place`, also for a new thing; at the end where no neighbour is named or left. */
export function insertBetween<T extends Placed>(list: readonly T[], item: T, { prevId, nextId }: Neighbours): Placement<T> {
  const others = list.filter(({ id }) => id !== item.id)
  const index = prevId === null && nextId === null ? null : placeAmong(others, { prevId, nextId })
  return insertAt(others, index ?? others.length, item)
}

/** The position at an index, after a rebalance. */
export const evenPosition = (index: number): number => index * gap

/** Puts a new thing at the top; its given position is ignored. */
export function prepend<T extends Placed>(list: readonly T[], item: T): Placement<T> {
  return insertAt(list, 0, item)
}

function placeAmong(others: readonly Placed[], { prevId, nextId }: Neighbours): number | null {
  if (prevId === null) return 0
  const previous = others.findIndex(({ id }) => id === prevId)
  if (previous !== -1) return previous + 1
  if (nextId === null) return others.length
  const next = others.findIndex(({ id }) => id === nextId)
  return next === -1 ? null : next
}

function insertAt<T extends Placed>(others: readonly T[], index: number, item: T): Placement<T> {
  const position = between(others[index - 1]?.position, others[index]?.position)
  if (position === null) return rebalance(others.toSpliced(index, 0, item))
  const placed = { ...item, position }
  return { items: others.toSpliced(index, 0, placed), changed: [{ id: item.id, position }], rebalanced: false }
}

/** A position between two others, or beyond an end; null where there is none left. */
function between(before: number | undefined, after: number | undefined): number | null {
  if (before === undefined && after === undefined) return 0
  if (before === undefined) return withinRange((after as number) - gap)
  if (after === undefined) return withinRange(before + gap)
  const middle = Math.floor((before + after) / 2)
  return middle === before ? null : middle
}

const withinRange = (position: number) => (position >= least && position <= greatest ? position : null)

function rebalance<T extends Placed>(list: readonly T[]): Placement<T> {
  const items = list.map((item, index) => ({ ...item, position: evenPosition(index) }))
  return { items, changed: items.map(({ id, position }) => ({ id, position })), rebalanced: true }
}
