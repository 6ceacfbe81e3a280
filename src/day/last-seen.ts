import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { ServiceDeps } from '../member/change.js'
import { touchMember } from './day.sql.js'

/** Members remembered as seen: a busy one costs each process one statement an hour. */
const remembered = 100_000

/** Milliseconds for which an operation waits for the note, which no deadline of its own covers. */
const longestWaitMs = 500

/** Notes who was seen: the job does not close the days of inactive members. */
export class LastSeen {
  readonly #seen = new LRUCache<string, number>({ max: remembered })
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  /** Before a member's first operation of an hour. Never fails: the next one retries. */
  async note(memberId: string): Promise<void> {
    // The hour, not the member's date, which only PostgreSQL knows: a look now and then is enough.
    const hour = Math.floor(this.#deps.calendar.clock.now().getTime() / 3_600_000)
    if (this.#seen.get(memberId) === hour) return
    this.#seen.set(memberId, hour)
    await Promise.race([this.#write(memberId), sleep(longestWaitMs, undefined, { ref: false })])
  }

  async #write(memberId: string): Promise<void> {
    const { database, calendar, log } = this.#deps
    const isDone = await touchMember(database, calendar, memberId).catch((err) => {
      log.warn({ err }, 'that a member is here could not be noted')
      return false
    })
    if (!isDone) this.#seen.delete(memberId)
  }
}
