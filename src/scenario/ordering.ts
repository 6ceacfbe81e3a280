/**
 * The order of a list. Each thing in it has a position, an integer; between two neighbours there is a gap of 2^16, so
 * that putting something between them changes one position. Where a gap is used up (after some 16 moves into one place),
 * or an end of the range of int4 is reached, all positions are rebalanced.
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

/** The neighbours that a client saw where it dropped something. A null before means the top, a null after the end. */
export type Neighbours = { prevId: string | null; nextId: string | null }

/**
 * Puts a thing of the list between the neighbours that its client saw, in the list as it stands now: right after the
 * one before; where that is gone, right before the one after. Null where both are gone.
 */
export function place<T extends Placed>(list: readonly T[], id: string, { prevId, nextId }: Neighbours): Placement<T> | null {
  const moved = list.find((item) => item.id === id)
  if (!moved) return null
  const others = list.filter((item) => item.id !== id)
  const index = placeAmong(others, { prevId, nextId })
  return index === null ? null : insertAt(others, index, moved)
}

/**
 * Puts a thing that is new, or is in the list already, between neighbours as `place` does; but at the end where none is named, or
 * where both are gone.
 */
export function insertBetween<T extends Placed>(list: readonly T[], item: T, { prevId, nextId }: Neighbours): Placement<T> {
  const others = list.filter(({ id }) => id !== item.id)
  const index = prevId === null && nextId === null ? null : placeAmong(others, { prevId, nextId })
  return insertAt(others, index ?? others.length, item)
}

/** The position of what stands so far from the top, after a rebalance. */
export const evenPosition = (index: number): number => index * gap

/** Where a new thing at the top of the list goes. Its own position is made here. */
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
