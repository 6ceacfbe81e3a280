import { LRUCache } from 'lru-cache'
import type { ServiceDeps } from '../member/change.js'
import { touchMember } from './day.sql.js'

/** So many members are remembered as seen, so that a busy one costs one statement an hour and process. */
const remembered = 100_000

/** Notes which members are here, since the days of those who stay away are not closed by the job. */
export class LastSeen {
  readonly #seen = new LRUCache<string, number>({ max: remembered })
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  /** Before the member's first operation of an hour; writes once a day. Never fails: what it could not write, the next request will. */
  async note(memberId: string): Promise<void> {
    const { database, calendar, log } = this.#deps
    // The hour, not the member's date, which only PostgreSQL knows: a look now and then is enough.
    const hour = Math.floor(calendar.clock.now().getTime() / 3_600_000)
    if (this.#seen.get(memberId) === hour) return
    this.#seen.set(memberId, hour)
    await touchMember(database, calendar, memberId).catch((err) => {
      this.#seen.delete(memberId)
      log.warn({ err }, 'that a member is here could not be noted')
    })
  }
}
