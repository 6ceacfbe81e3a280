import { Prisma } from './generated/prisma/client.js'

/** The only source of the present instant. Tests hand the app a clock of their own. */
export type Clock = {
  now(): Date
  /**
   * The present instant in SQL. In production it is the statement's, by PostgreSQL's clock:
   * instances agree, one statement sees one instant, and an index can serve a comparison with it
   * (not with clock_timestamp(), which is volatile). A statement that waited for a lock keeps the
   * instant at which it was sent.
   */
  readonly sqlNow: Prisma.Sql
}

export const systemClock: Clock = {
  now: () => new Date(),
  sqlNow: Prisma.sql`statement_timestamp()`,
}
