import type { Clock } from '../../src/clock.js'
import { Prisma } from '../../src/generated/prisma/client.js'

/** A clock that stands still until it is set. */
export class ManualClock implements Clock {
  #now: Date

  constructor(instant: string) {
    this.#now = new Date(instant)
  }

  now() {
    return this.#now
  }

  get sqlNow() {
    return Prisma.sql`${this.#now.toISOString()}::timestamptz`
  }

  set(instant: string) {
    this.#now = new Date(instant)
  }
}
