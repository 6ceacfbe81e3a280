import type { Database, Queryable } from './database.js'

/** Runs several reads in one snapshot of the database. Never tried again: what was read may have gone out already. */
export type ReadConsistently = <T>(work: (db: Queryable) => Promise<T>, options: { timeoutMs: number }) => Promise<T>

export function createReadConsistently({ prisma }: Pick<Database, 'prisma'>, { maxWaitMs }: { maxWaitMs: number }): ReadConsistently {
  return (work, { timeoutMs }) => prisma.$transaction(work, { isolationLevel: 'RepeatableRead', maxWait: maxWaitMs, timeout: timeoutMs })
}
