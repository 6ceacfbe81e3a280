import { expect, test } from 'vitest'
import type { MutationName } from '../src/mutations.js'
import type { Operation, Outcome } from '../src/operation.js'
import { OwnChanges } from '../src/rebase.js'

const of = (name: MutationName, input: object, hint = {}) => ({ operationId: 'one', name, input, hint }) as unknown as Operation
const update = (id: string, expectedVersion?: number) => of('updateScenario', { id, name: 'Gym', expectedVersion })
const ledTo = (version: number) => ({ done: true, payload: { scenario: { version } } }) as Outcome
const unversioned = (seenVersion?: string) => of('updateScenario', { id: 'gym', notification: { active: true } }, { seenVersion })
const rebase = (waiting: Operation, ...done: [Operation, Outcome][]) => {
  const own = new OwnChanges()
  for (const [operation, outcome] of done) own.note(operation, outcome)
  return own.rebase(waiting)
}
const rejected: Outcome = { done: false, failure: { code: 'VERSION_CONFLICT', message: '', details: { currentVersion: 6 } } }

test('a change that waits goes on from the change before it, under its own id', () => {
  expect(rebase(update('gym', 5), [update('gym', 5), ledTo(6)])).toEqual(update('gym', 6))
})

test('it goes on from all changes before it', () => {
  expect(rebase(update('gym', 5), [update('gym', 5), ledTo(6)], [update('gym', 6), ledTo(7)])).toEqual(update('gym', 7))
})

// Mutation check: red where rebase.ts takes the version that the payload has: what has come between is lost, or another tab has sent both.
test('one that waits behind the change of another device, too, is no change of that one', () => {
  expect(rebase(update('gym', 5), [update('gym', 5), ledTo(7)])).toEqual(update('gym', 6))
})

test('one that waits behind one that expected none goes on from what this has led to', () => {
  expect(rebase(update('gym', 5), [unversioned('5'), ledTo(6)])).toEqual(update('gym', 6))
  expect(rebase(update('gym', 5), [unversioned('5'), ledTo(6)], [unversioned('5'), ledTo(7)])).toEqual(update('gym', 7))
})

// Mutation check: each is red without a condition of its own in rebase.ts.
test.each([
  ['is of another scenario', update('trip', 5), update('gym', 5), ledTo(6)],
  ['was made from another version', update('gym', 4), update('gym', 5), ledTo(6)],
  ['expects no version', update('gym'), update('gym', 5), ledTo(6)],
  ['waits behind one that expected none, of which nothing was seen', update('gym', 5), unversioned(), ledTo(6)],
  ['waits behind one that expected none, and the change of another device', update('gym', 5), unversioned('5'), ledTo(7)],
  ['was made from what another device has made of one that expected none', update('gym', 6), unversioned('5'), ledTo(7)],
  ['waits behind one that changed nothing', update('gym', 5), update('gym', 5), ledTo(5)],
  ['waits behind one that was rejected', update('gym', 5), update('gym', 5), rejected],
  ['is no update', of('deleteScenario', { id: 'gym', expectedVersion: 5 }), update('gym', 5), ledTo(6)],
])('one that %s stays as it is', (_, waiting, done, outcome) => {
  expect(rebase(waiting, [done, outcome])).toBeNull()
})
