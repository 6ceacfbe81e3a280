import type { Prisma } from '../generated/prisma/client.js'
import type { Days } from './checklist.sql.js'
import type { Shape } from './shape.js'

/**
 * Keeps what was made of a shape for as long as the shape is there, and as the days are told alike: a clock that a test
 * moves has its instant in the SQL, another one each time.
 */
export function oncePerShape<Made>() {
  const kept = new WeakMap<Shape, { made: Made; days: Days; sqlNow: Prisma.Sql }>()
  return (shape: Shape, days: Days, make: () => Made): Made => {
    const { sqlNow } = days.clock
    const known = kept.get(shape)
    if (known?.days === days && known.sqlNow === sqlNow) return known.made
    const made = make()
    kept.set(shape, { made, days, sqlNow })
    return made
  }
}
