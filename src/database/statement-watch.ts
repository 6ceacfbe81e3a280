import { LRUCache } from 'lru-cache'
import type { Log } from '../log.js'
import type { Tracing } from '../tracing/tracing.js'

type Options = {
  tracing: Tracing | null
  /** Statements that take as long are logged; 0 for none. */
  slowMs: number
  log: Log
}

/** Runs a statement, and tells what it was and how long it took where somebody wants to know. */
export type StatementWatch = <T>(text: string, send: () => Promise<T>) => Promise<T>

/** Null where nobody does. The text is recorded, which is constant; values never are. */
export function watchStatements({ tracing, slowMs, log }: Options): StatementWatch | null {
  if (!tracing && slowMs === 0) return null
  const timed: StatementWatch = slowMs === 0 ? (_text, send) => send() : logSlow(slowMs, log)
  if (!tracing) return timed
  return (text, send) =>
    tracing.innerSpan(statementSummary(text), { 'db.system.name': 'postgresql', 'db.query.text': text }, () => timed(text, send))
}

function logSlow(slowMs: number, log: Log): StatementWatch {
  return async (text, send) => {
    const since = performance.now()
    try {
      return await send()
    } finally {
      const ms = performance.now() - since
      if (ms >= slowMs) log.warn({ ms: Math.round(ms), statement: statementSummary(text), text }, 'a statement was slow')
    }
  }
}

const table = String.raw`"?(?:public"?\.)?"?([a-z_]+)\b(?!\()`
const writes = new RegExp(String.raw`\b(?<!FOR |KEY )(INSERT INTO|UPDATE|DELETE FROM)\s+(?!OF\b)${table}`, 'g')
const reads = new RegExp(String.raw`\b(?:FROM|JOIN)\s+${table}`)

const summaries = new LRUCache<string, string>({
  max: 1_000,
  memoMethod(text) {
    const written = [...text.matchAll(writes)].map(([, verb, name]) => `${verb?.split(' ')[0]} ${name}`)
    const read = reads.exec(text)?.[1]
    return [...new Set(written)].join(', ') || (read ? `SELECT ${read}` : (/\S+/.exec(text)?.[0] ?? 'statement').toUpperCase())
  },
})

/** The tables written (`UPDATE scenario, UPDATE member`), else the first read (`SELECT member`). */
export const statementSummary = (text: string): string => summaries.memo(text)
