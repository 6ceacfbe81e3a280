import type { SqlClient } from '../database/sql-client.js'
import { type Statement, template } from '../database/template.js'
import type { Prisma } from '../generated/prisma/client.js'
import type { Days } from './checklist.sql.js'
import type { Shape } from './shape.js'

/**
 * A statement whose rows have an `answer`, JSON in a shape. It is made once for each shape, for as long as the shape is there and
 * the days are told alike: a clock that a test moves has its instant in the SQL, another one each time.
 */
export function answering<Parameters extends object, Row extends { answer: string }>(
  make: (days: Days, shape: Shape, parameters: Parameters) => Prisma.Sql,
) {
  const kept = new WeakMap<Shape, { fill: (parameters: Parameters) => Statement; days: Days; sqlNow: Prisma.Sql }>()

  function statementOf(days: Days, shape: Shape) {
    const { sqlNow } = days.clock
    const known = kept.get(shape)
    if (known?.days === days && known.sqlNow === sqlNow) return known.fill
    const fill = template((parameters: Parameters) => make(days, shape, parameters))
    kept.set(shape, { fill, days, sqlNow })
    return fill
  }

  return (db: SqlClient, days: Days, shape: Shape, parameters: Parameters): Promise<Row[]> =>
    db.rowsOf<Row>(statementOf(days, shape)(parameters))
}
