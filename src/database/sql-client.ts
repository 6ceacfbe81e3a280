import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import { Prisma } from '../generated/prisma/client.js'
import type { Queryable } from './database.js'

/**
 * Sends single statements to the pool, past Prisma (ADR 13). A transaction's statements never come
 * here: they go through the transaction. Rows come as `pg` gives them: select text, numbers and
 * booleans.
 */
export function createSqlClient(pool: pg.Pool, { preparedStatements }: { preparedStatements: boolean }): Queryable {
  const run = ({ text, values }: Prisma.Sql) => pool.query({ text, values, ...(preparedStatements && { name: statementName(text) }) })
  const send = (strings: TemplateStringsArray | Prisma.Sql, parameters: unknown[]) =>
    run(strings instanceof Prisma.Sql ? strings : Prisma.sql(strings, ...parameters))
  return {
    $queryRaw: (async (strings: TemplateStringsArray, ...parameters: unknown[]) =>
      (await send(strings, parameters)).rows) as unknown as Queryable['$queryRaw'],
    $executeRaw: (async (strings: TemplateStringsArray, ...parameters: unknown[]) =>
      (await send(strings, parameters)).rowCount ?? 0) as unknown as Queryable['$executeRaw'],
  }
}

const names = new LRUCache<string, string>({
  max: 1_000,
  memoMethod: (sql) => createHash('sha256').update(sql).digest('base64url').slice(0, 32),
})

/** PostgreSQL keeps the plan by this name: planning takes half of its CPU time otherwise. */
export const statementName = (sql: string): string => names.memo(sql)
