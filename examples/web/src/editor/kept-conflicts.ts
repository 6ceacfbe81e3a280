import type { Operation } from '../../../client/src/operation.js'
import type { KeyValueStorage } from '../../../client/src/storage.js'

type Update = Operation<'updateScenario'>

/**
 * A member's changes that conflict with another device's: in the storage until the member has
 * chosen, since the queue has them no more.
 */
export class KeptConflicts {
  readonly #storage: KeyValueStorage
  readonly #prefix: string

  constructor(storage: KeyValueStorage, memberId: string) {
    this.#storage = storage
    this.#prefix = `doorstep.conflict.${memberId}.`
  }

  async all(): Promise<Update[]> {
    const keys = await this.#storage.keys(this.#prefix)
    const texts = await Promise.all(keys.map((key) => this.#storage.get(key)))
    return texts.flatMap((text) => (text === null ? [] : (JSON.parse(text) as Update)))
  }

  /** A storage that is full costs the conflict its life beyond the page, and no more. */
  async add(conflict: Update): Promise<void> {
    await this.#storage.set(this.#prefix + conflict.operationId, JSON.stringify(conflict)).catch(() => {})
  }

  async remove({ operationId }: Update): Promise<void> {
    await this.#storage.remove(this.#prefix + operationId)
  }
}
