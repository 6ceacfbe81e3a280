import type { InputOf, PayloadOf } from './mutations.js'
import type { Operation, Outcome } from './operation.js'

type Update = InputOf<'updateScenario'>

/**
 * A change of a scenario that waits, as one of the version that the change before it has led to; null where it stays as it is: where both were
 * not made from the same version, or where that one is not the next, since another device's change lies between. Where it is the next, nothing
 * else can have been done that was made from the same version: the server has not seen the one that waits, which keeps its id.
 */
export function rebase(waiting: Operation, done: Operation, outcome: Outcome): Operation | null {
  if (!outcome.done || done.name !== 'updateScenario' || waiting.name !== 'updateScenario') return null
  const [before, after] = [done.input as Update, waiting.input as Update]
  const { version } = (outcome.payload as PayloadOf<'updateScenario'>).scenario
  const isOfSame = after.id === before.id && after.expectedVersion === before.expectedVersion
  if (!isOfSame || before.expectedVersion !== version - 1) return null
  return { ...waiting, input: { ...after, expectedVersion: version } as Operation['input'] }
}
