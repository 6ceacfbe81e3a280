import type { Counter } from 'prom-client'
import { Semaphore } from '../database/semaphore.js'
import { ApiError, rateLimited } from '../errors.js'
import { limits } from '../limits.js'
import type { Log } from '../log.js'
import type { Metrics } from '../metrics/metrics.js'
import type { FoundChanges } from '../sync/changed.js'
import type { Sync } from '../sync/sync.service.js'
import { type SyncPoint, syncToken } from '../sync/sync-token.js'
import type { Hints } from './hints.js'
import type { ChangeSignal } from './live.types.js'
import { SignalStream } from './signal-stream.js'

/** How often members are looked at without a hint: `heard` is for hints that were lost. */
const everyMs = { heard: 20_000, notHeard: 2_000 }
/** When a client whose stream is rejected may try again. */
const retryAfterSeconds = 30

/** A member with streams. `point`: what they all have been told of. */
type Watched = { streams: Set<SignalStream>; point: SyncPoint | null; looking: boolean; again: boolean }

type Dependencies = {
  sync: Sync
  hints: Hints
  maxStreams: number
  /** At midnight all members of a zone have changed: the limit leaves connections to requests. */
  maxConcurrentLooks: number
  metrics: Metrics
  log: Log
}

/**
 * Tells a member's clients, on any device and instance, that something has changed; `changes` says
 * what. Whatever becomes of hints, a signal is true, and none is missing for longer than the time
 * between two looks and the wait for a turn (ADR 21).
 */
export class Live {
  readonly #deps: Dependencies
  readonly #members = new Map<string, Watched>()
  readonly #turns: Semaphore
  readonly #signals: Counter
  readonly #rejected: Counter
  #open = 0
  #timer: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(deps: Dependencies) {
    this.#deps = deps
    // Without a limit: a look not made is a signal lost. A member has one waiting at most.
    this.#turns = new Semaphore({ permits: deps.maxConcurrentLooks })
    deps.metrics.gauge('doorstep_streams', 'Open streams of memberChanged.', () => this.#open)
    this.#signals = deps.metrics.counter('doorstep_stream_signals_total', 'Signals that streams were given.')
    this.#rejected = deps.metrics.counter('doorstep_streams_rejected_total', 'Streams beyond a limit.')
  }

  /** Begins with how things stand. RATE_LIMITED: the member or the process has too many. */
  async open(memberId: string, since: SyncPoint | null): Promise<AsyncIterableIterator<ChangeSignal>> {
    const watched = this.#members.get(memberId) ?? { streams: new Set(), point: null, looking: false, again: false }
    if (this.#isStopping || watched.streams.size >= limits.streamsPerMember || this.#open >= this.#deps.maxStreams) {
      this.#rejected.inc()
      throw rateLimited(retryAfterSeconds)
    }
    const stream: SignalStream = new SignalStream(() => this.#close(memberId, watched, stream))
    watched.streams.add(stream)
    this.#members.set(memberId, watched)
    this.#open++
    this.#start()
    try {
      const before = watched.point
      // After the stream is registered: a later hint tells of what this look does not see.
      const found = await this.#deps.sync.look(memberId, since)
      // If the point moved meanwhile, it may be past a change that no look tells this stream of.
      const hasAll = !found.fullSync && !hasChanged(found) && watched.point === before
      watched.point ??= { ...found, memberId }
      this.#give([stream], memberId, found, hasAll)
      if (watched.again) void this.#look(memberId)
    } catch (error) {
      stream.end()
      throw error
    }
    return stream
  }

  stop(): void {
    this.#isStopping = true
    clearTimeout(this.#timer)
    for (const { streams } of this.#members.values()) for (const stream of streams) stream.end()
  }

  #close(memberId: string, watched: Watched, stream: SignalStream): void {
    this.#open--
    watched.streams.delete(stream)
    if (watched.streams.size === 0) this.#members.delete(memberId)
  }

  /** With the first stream: a process that has none opens no connection. */
  #start(): void {
    if (this.#timer) return
    this.#deps.hints.listen((memberIds) => {
      for (const memberId of memberIds) void this.#look(memberId)
    })
    this.#schedule()
  }

  #schedule(): void {
    const wait = this.#deps.hints.connected ? everyMs.heard : everyMs.notHeard
    this.#timer = setTimeout(async () => {
      await this.#lookAtAll()
      if (!this.#isStopping) this.#schedule()
    }, wait).unref()
  }

  async #lookAtAll(): Promise<void> {
    const points = [...this.#members.values()].flatMap(({ point }) => point ?? [])
    if (points.length === 0) return
    try {
      const changed = await this.#deps.sync.changedMembers(points)
      await Promise.all(changed.map((memberId) => this.#look(memberId)))
    } catch (err) {
      this.#deps.log.warn({ err }, 'the members with streams could not be looked at')
    }
  }

  /** One look at a time for a member; hints in the meantime cause one more. */
  async #look(memberId: string): Promise<void> {
    const watched = this.#members.get(memberId)
    if (!watched) return
    watched.again = true
    if (watched.looking || !watched.point) return
    watched.looking = true
    try {
      while (watched.again && watched.streams.size > 0) await this.#turns.run(() => this.#lookNow(memberId, watched))
    } catch (err) {
      if (err instanceof ApiError) for (const stream of watched.streams) stream.end(err)
      // After any other fault, the next look finds what this one would have.
      else this.#deps.log.debug({ err }, 'a member with streams could not be looked at')
    } finally {
      watched.looking = false
    }
  }

  async #lookNow(memberId: string, watched: Watched): Promise<void> {
    // While it waited for its turn the last of them may have been closed.
    if (watched.streams.size === 0) return
    watched.again = false
    const found = await this.#deps.sync.look(memberId, watched.point)
    watched.point = { ...found, memberId }
    if (found.fullSync || hasChanged(found)) this.#give(watched.streams, memberId, found, false)
  }

  #give(streams: Iterable<SignalStream>, memberId: string, found: FoundChanges, upToDate: boolean): void {
    const signal = { token: syncToken({ ...found, memberId }), upToDate, listVersion: found.listVersion }
    for (const stream of streams) {
      stream.put(signal)
      this.#signals.inc()
    }
  }
}

const hasChanged = ({ memberChanged, scenarios, days, deletedIds }: FoundChanges): boolean =>
  memberChanged || scenarios.length > 0 || days.length > 0 || deletedIds.length > 0
