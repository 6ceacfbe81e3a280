import { Batcher, type Batching } from '../database/batcher.js'
import type { UnitOfWork } from '../database/transaction.js'
import { memberGone } from '../errors.js'
import type { ServiceDeps } from '../member/change.js'
import type { Operation } from '../operation/operation.js'
import { etagOf, type FeedState } from './feed.js'
import type { FeedCache } from './feed-cache.js'
import type { FeedMetrics } from './feed-metrics.js'
import * as sql from './notification.sql.js'
import type { NotificationFeed, ScenarioNotification } from './notification.types.js'

type Dependencies = ServiceDeps & { cache: FeedCache; metrics: FeedMetrics; batching: Batching }

export class Notifications {
  readonly #deps: Dependencies
  readonly #revisions: Batcher<string, string | null>

  constructor(deps: Dependencies) {
    this.#deps = deps
    this.#revisions = new Batcher({
      ...deps.batching,
      partitionKey: (memberId) => memberId,
      groupKey: () => null,
      sameKeyTogether: true,
      run: async (memberIds) => {
        const revisions = await sql.readRevisions(deps.sqlClient, memberIds)
        return memberIds.map((memberId) => ({ result: revisions.get(memberId) ?? null }))
      },
    })
  }

  /**
   * The feed, or that the client has it. The database names the revision first: whatever becomes of
   * Redis, no response is older than the newest change committed before the request (ADR 9).
   */
  async feed(memberId: string, knownEtags: readonly string[]): Promise<NotificationFeed> {
    // Then one statement has all of it.
    if (knownEtags.length === 0 && !this.#deps.cache.inUse) return whole(memberId, await this.#load(memberId))
    const revision = await this.#revisions.submit(memberId)
    if (revision === null) throw memberGone()
    const etag = etagOf(memberId, revision)
    if (knownEtags.includes(etag)) {
      this.#deps.metrics.notModified.inc()
      return { etag, notModified: true, items: null, places: null }
    }
    return whole(memberId, await this.#deps.cache.getOrLoad(memberId, revision, () => this.#load(memberId)))
  }

  /** Switches every notification that has all it needs on or off; gives the feed after it. */
  setActive(memberId: string, { active, operation }: { active: boolean; operation: Operation | undefined }): Promise<NotificationFeed> {
    return this.#deps.change(memberId, operation, {
      effect: async (unit) => {
        const switched = await sql.switchAll(unit.tx, this.#deps.calendar.clock, memberId, active)
        if (switched > 0) await this.changed(unit, memberId)
      },
      response: async ({ tx }) => whole(memberId, await sql.readFeed(tx, memberId)),
    })
  }

  occurrences(memberId: string, items: readonly ScenarioNotification[], count: number): Promise<Map<string, string[]>> {
    return sql.readOccurrences(this.#deps.sqlClient, this.#deps.calendar.clock, memberId, items, count)
  }

  /** Call it for every change that the feed shows, in its unit of work, under the member's lock. */
  async changed({ tx, afterCommit }: UnitOfWork, memberId: string): Promise<void> {
    const revision = await sql.bumpRevision(tx, memberId)
    afterCommit(() => this.#deps.cache.drop(memberId, revision))
  }

  /** Call it when a member is deleted. */
  removed({ afterCommit }: UnitOfWork, memberId: string): void {
    afterCommit(() => this.#deps.cache.forget(memberId))
  }

  #load(memberId: string): Promise<FeedState> {
    this.#deps.metrics.loads.inc()
    return sql.readFeed(this.#deps.sqlClient, memberId)
  }
}

const whole = (memberId: string, { revision, items, places }: FeedState): NotificationFeed => ({
  etag: etagOf(memberId, revision),
  notModified: false,
  items,
  places,
})
