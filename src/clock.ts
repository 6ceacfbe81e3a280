import { Prisma } from './generated/prisma/client.js'

/** The only source of the present instant. Tests hand the app a clock of their own. */
export type Clock = {
  now(): Date
  /**
   * The present instant as an SQL expression. In production the time of the statement, by PostgreSQL's clock: every
   * instance agrees with every other, all of one statement agrees with itself, and an index can serve a comparison
   * with it (clock_timestamp() is volatile: it could not). A statement that waited for a lock keeps the instant at
   * which it was sent.
   */
  readonly sqlNow: Prisma.Sql
}

export const systemClock: Clock = {
  now: () => new Date(),
  sqlNow: Prisma.sql`statement_timestamp()`,
}
