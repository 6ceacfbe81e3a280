import { AsyncLocalStorage } from 'node:async_hooks'

/** The instant, by the process's own steady clock, at which the operation that is under way has to be answered. */
const deadlines = new AsyncLocalStorage<number>()

/** Runs work under a deadline, which `remainingMs` tells to whatever the work calls. */
export const withDeadline = <T>(timeoutMs: number, work: () => T): T => deadlines.run(performance.now() + timeoutMs, work)

/** How long the operation under way still has; Infinity where there is none, as in a job. */
export function remainingMs(): number {
  const deadline = deadlines.getStore()
  return deadline === undefined ? Number.POSITIVE_INFINITY : deadline - performance.now()
}
