import type { Operation, Outcome } from './operation.js'
import type { KeyValueStorage } from './storage.js'

/** An operation that waits, its place in the storage, and when that has it. */
export type Entry = { key: string; operation: Operation; stored: Promise<void>; settle(outcome: Outcome): void }

/** As many as checkMissions takes. */
const checksAtOnce = 200

/** The first, or all the checks that stand before anything else: what a phone kept while it was away goes in one request. */
export function nextBatch(entries: readonly Entry[]): Entry[] {
  const end = entries.findIndex(({ operation }) => operation.name !== 'checkMission')
  return entries.slice(0, Math.max(1, Math.min(end === -1 ? entries.length : end, checksAtOnce)))
}

/** What the keys of a member's operations begin with. */
export const prefixOf = (memberId: string) => `doorstep.queue.${memberId}.`

/** In the order of their keys operations stand as they were wanted. `at`: milliseconds since 1970, no two alike. */
export const keyOf = (memberId: string, at: number, { operationId }: Pick<Operation, 'operationId'>) =>
  `${prefixOf(memberId)}${String(at).padStart(15, '0')}.${operationId}`

export const timeOf = (key: string) => Number(/(\d{15})\./.exec(key)?.[1] ?? 0)

/** What the storage has there; null where that is no operation, such as one that was cut. */
export async function readEntry(storage: KeyValueStorage, key: string): Promise<Entry | null> {
  try {
    const operation = JSON.parse((await storage.get(key)) ?? 'null') as Operation | null
    return operation && { key, operation: { ...operation, hint: operation.hint ?? {} }, stored: Promise.resolve(), settle() {} }
  } catch {
    return null
  }
}
