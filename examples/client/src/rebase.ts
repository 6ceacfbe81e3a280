import type { InputOf, PayloadOf } from './mutations.js'
import type { Operation, Outcome } from './operation.js'

type Update = InputOf<'updateScenario'>

/**
 * A change of a scenario that waits, as one of the version that the change before it has led to;
 * null where both were not made from the same version. That change has led to the next version,
 * whatever it is at now: where another device's change lies between, or another tab has sent both,
 * the server says so. It has not seen the one that waits under another version: that keeps its id.
 */
export function rebase(waiting: Operation, done: Operation, outcome: Outcome): Operation | null {
  if (!outcome.done || done.name !== 'updateScenario' || waiting.name !== 'updateScenario') return null
  const [{ id, expectedVersion }, after] = [done.input as Update, waiting.input as Update]
  if (!expectedVersion || after.id !== id || after.expectedVersion !== expectedVersion) return null
  const { version } = (outcome.payload as PayloadOf<'updateScenario'>).scenario
  // It has changed nothing.
  if (version === expectedVersion) return null
  return { ...waiting, input: { ...after, expectedVersion: expectedVersion + 1 } as Operation['input'] }
}
