import type { InputOf, PayloadOf } from './mutations.js'
import type { Operation, Outcome } from './operation.js'

type Update = InputOf<'updateScenario'>

/**
 * What the member's own changes of scenarios have led to, so that no later one conflicts with them.
 * Where another device's change lies between, the server says so.
 */
export class OwnChanges {
  readonly #next = new Map<string, number>()

  /**
   * What was made from a version has led to the next, wherever the scenario is by now. What expected
   * none may have been done on any: it has where the next one to what was seen is what there is.
   */
  note(done: Operation, outcome: Outcome): void {
    if (done.name !== 'updateScenario' || !outcome.done) return
    const { id, expectedVersion } = done.input as Update
    const { version } = (outcome.payload as PayloadOf<'updateScenario'>).scenario
    const from = expectedVersion ?? this.#latest(id, Number(done.hint.seenVersion))
    // A change that changes nothing leads nowhere.
    const isNext = expectedVersion ? version > from : version === from + 1
    if (isNext) this.#next.set(`${id} ${from}`, from + 1)
  }

  /** One that was not sent yet, as one of the version that this has led to; null where that is it. */
  rebase(operation: Operation): Operation | null {
    const input = operation.input as Update
    if (operation.name !== 'updateScenario' || !input.expectedVersion) return null
    const expectedVersion = this.#latest(input.id, input.expectedVersion)
    if (expectedVersion === input.expectedVersion) return null
    return { ...operation, input: { ...input, expectedVersion } as Operation['input'] }
  }

  #latest(id: string, version: number): number {
    const next = this.#next.get(`${id} ${version}`)
    return next === undefined ? version : this.#latest(id, next)
  }
}
