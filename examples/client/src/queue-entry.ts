import type { Backoff } from './backoff.js'
import type { Operation, Outcome, Sent } from './operation.js'
import type { KeyValueStorage } from './storage.js'

export type QueueOptions = {
  storage: KeyValueStorage
  /** Sends operations; gives an outcome for each. */
  send(operations: Operation[]): Promise<Sent[]>
  /** Is told of each that comes in, also with the program's start. */
  onCome(operation: Operation): void
  /** Is told of each that is done or won't be; null where another tab has sent it, and tells. */
  onGo(operation: Operation, outcome: Outcome | null): void
  backoff: Backoff
}

/** An operation that waits, and its place in the storage. */
export type Entry = {
  key: string
  operation: Operation
  /** When the storage has it. */
  stored: Promise<void>
  /** Whether it was there already: another tab may send it, too, or have sent it. */
  isFound: boolean
  settle(outcome: Outcome): void
}

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
    if (!operation) return null
    return { key, operation: { ...operation, hint: operation.hint ?? {} }, stored: Promise.resolve(), isFound: true, settle() {} }
  } catch {
    return null
  }
}
