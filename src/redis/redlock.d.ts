// The types of redlock 5 are hidden by its `exports`; this is what we use of them.
declare module 'redlock' {
  import type { Redis } from 'ioredis'

  export type RedlockAbortSignal = AbortSignal & { error?: Error }

  export class ExecutionError extends Error {
    readonly attempts: readonly Promise<{ votesAgainst: Map<Redis, Error> }>[]
  }

  export class ResourceLockedError extends Error {}

  export default class Redlock {
    constructor(clients: Redis[], settings?: { retryCount?: number; automaticExtensionThreshold?: number })
    on(event: 'error', listener: (error: Error) => void): this
    using<T>(resources: string[], durationMs: number, routine: (signal: RedlockAbortSignal) => Promise<T>): Promise<T>
  }
}
