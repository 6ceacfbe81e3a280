import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import { Prisma } from '../generated/prisma/client.js'
import type { Queryable } from './database.js'

/**
 * Sends single statements, outside of any transaction. A transaction of Prisma's can do it, and so can the pool itself,
 * without what Prisma does around a statement: that is as much work as all the rest of a small request (ADR 0013).
 */
export type Statements = Pick<Queryable, '$queryRaw'>

/** Sends statements straight to the pool. Rows come as `pg` gives them: take text, numbers and booleans. */
export function createStatements(pool: pg.Pool, { preparedStatements }: { preparedStatements: boolean }): Statements {
  async function send(strings: TemplateStringsArray | Prisma.Sql, ...parameters: unknown[]): Promise<unknown> {
    const { text, values } = Prisma.sql(strings as TemplateStringsArray, ...parameters)
    const { rows } = await pool.query({ text, values, ...(preparedStatements && { name: statementName(text) }) })
    return rows
  }
  return { $queryRaw: send as unknown as Statements['$queryRaw'] }
}

const names = new LRUCache<string, string>({ max: 1_000 })

/** A name that comes from the statement's text, by which PostgreSQL keeps its plan: half of its CPU time otherwise. */
export function statementName(sql: string): string {
  const known = names.get(sql)
  if (known) return known
  const name = createHash('sha256').update(sql).digest('base64url').slice(0, 32)
  names.set(sql, name)
  return name
}
