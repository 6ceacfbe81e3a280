import { LRUCache } from 'lru-cache'
import type { ServiceDeps } from '../member/change.js'
import { readRevokedSessions } from './auth.sql.js'

const lookEveryMs = 2_000
/** Read once more: a revocation bears its statement's instant, but is seen from its commit. */
const overlapSeconds = 60
/** More than end in an access token's lifetime. Beyond it, access tokens work until they expire. */
const remembered = 100_000

type Dependencies = ServiceDeps & { accessTokenTtlSeconds: number }

/**
 * Sessions that have ended while an access token of theirs may be valid. A request looks here, not
 * in the database. An instance knows at once what it ended itself, and within 2 s what others did.
 */
export class RevokedSessions {
  readonly #deps: Dependencies
  readonly #ids: LRUCache<string, true>
  #lookedAt: number | null = null
  #looking: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(deps: Dependencies) {
    this.#deps = deps
    this.#ids = new LRUCache({ max: remembered, ttl: deps.accessTokenTtlSeconds * 1_000 })
  }

  has(sessionId: string): boolean {
    return this.#ids.has(sessionId)
  }

  add(sessionIds: readonly string[]): void {
    for (const id of sessionIds) this.#ids.set(id, true)
  }

  async start(): Promise<void> {
    this.#timer ??= setInterval(() => this.look(), lookEveryMs).unref()
    await this.look()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  /** Never fails: what could not be read, the next look reads. */
  async #look(): Promise<void> {
    const { database, clock, accessTokenTtlSeconds, log } = this.#deps
    const now = performance.now()
    const seconds = this.#lookedAt === null ? accessTokenTtlSeconds : Math.ceil((now - this.#lookedAt) / 1_000)
    try {
      this.add(await readRevokedSessions(database, clock, seconds + overlapSeconds))
      this.#lookedAt = now
    } catch (err) {
      log.warn({ err }, 'the sessions that have ended could not be read')
    }
  }
}
