import type { Clock } from '../clock.js'
import { unauthenticated } from '../errors.js'
import type { Database } from '../infra/database.js'
import type { Transact, UnitOfWork } from '../infra/transaction.js'
import { lockMember } from '../member/lock.js'
import { etagOf, type FeedItem, type FeedState } from './feed.js'
import * as sql from './notification.sql.js'

/** An answer to who asks for the feed; without items where the asker has them already. */
export type Feed = { etag: string; notModified: boolean; items: FeedItem[] | null }

type Dependencies = { database: Database; transact: Transact; clock: Clock }

/** What phones set their alarms from. */
export class Notifications {
  readonly #database: Database
  readonly #transact: Transact
  readonly #clock: Clock

  constructor({ database, transact, clock }: Dependencies) {
    this.#database = database
    this.#transact = transact
    this.#clock = clock
  }

  /** The feed, or that it is still one of those which the asker knows. */
  async feed(memberId: string, knownEtags: readonly string[]): Promise<Feed> {
    const revision = await sql.readRevision(this.#database, memberId)
    if (revision === null) gone()
    const etag = etagOf(memberId, revision)
    if (knownEtags.includes(etag)) return { etag, notModified: true, items: null }
    return whole(memberId, (await sql.readFeed(this.#database, memberId)) ?? gone())
  }

  /** Switches every notification that has all it needs on or off; answers with the feed as it then is. */
  setActive(memberId: string, active: boolean): Promise<Feed> {
    return this.#transact(async (unit) => {
      await lockMember(unit.tx, memberId)
      const switched = await sql.switchAll(unit.tx, this.#clock, memberId, active)
      if (switched > 0) await this.changed(unit, memberId)
      return whole(memberId, (await sql.readFeed(unit.tx, memberId)) ?? gone())
    })
  }

  occurrences(memberId: string, items: readonly FeedItem[], count: number): Promise<Map<string, string[]>> {
    return sql.readOccurrences(this.#database, this.#clock, memberId, items, count)
  }

  /** To be told of every change that the feed shows, in the change's own unit of work and under the member's lock. */
  async changed({ tx }: UnitOfWork, memberId: string): Promise<void> {
    await sql.bumpRevision(tx, memberId)
  }
}

const whole = (memberId: string, { revision, items }: FeedState): Feed => ({ etag: etagOf(memberId, revision), notModified: false, items })

function gone(): never {
  throw unauthenticated('The member of this session is gone.')
}
