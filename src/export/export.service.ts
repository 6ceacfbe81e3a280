import type { Clock } from '../clock.js'
import type { Database, Queryable } from '../database/database.js'
import { MemberQueues, Semaphore } from '../database/semaphore.js'
import { memberGone } from '../errors.js'
import * as sql from './export.sql.js'

/** Even for a slow reader: it holds a connection, and keeps PostgreSQL from vacuuming. */
const timeoutMs = 10 * 60_000
const maxQueuedPerMember = 2

type Dependencies = {
  prisma: Database['prisma']
  clock: Clock
  /** How many exports run at a time in this process, and how long one waits for its turn. */
  permits: number
  maxWaitMs: number
}

export class Exports {
  readonly #deps: Dependencies
  readonly #turns: Semaphore
  readonly #turnsOfMembers: MemberQueues

  constructor(deps: Dependencies) {
    const { permits, maxWaitMs } = deps
    this.#deps = deps
    this.#turns = new Semaphore({ permits, maxWaitMs })
    this.#turnsOfMembers = new MemberQueues({ maxQueued: maxQueuedPerMember, maxWaitMs })
  }

  /**
   * Gives `consume` the parts of a member's document, in JSON: one snapshot, read only as far as it
   * is taken. The transaction lasts until `consume` ends. A member has one at a time.
   * SERVICE_UNAVAILABLE after too long a wait.
   */
  async read(memberId: string, consume: (parts: AsyncIterable<string>) => Promise<void>): Promise<void> {
    const { prisma, clock, maxWaitMs } = this.#deps
    const work = async (db: Queryable) => {
      const member = await sql.readMemberJson(db, clock, memberId)
      if (!member) throw memberGone()
      await consume(partsOf(db, memberId, member))
    }
    // One snapshot for all statements. Never tried again: what was read may have gone out already.
    const options = { isolationLevel: 'RepeatableRead', maxWait: maxWaitMs, timeout: timeoutMs } as const
    await this.#turnsOfMembers.run(memberId, () => this.#turns.run(() => prisma.$transaction(work, options)))
  }
}

/** One row a line, so that it can be read by eye too. */
async function* partsOf(db: Queryable, memberId: string, { json, now }: { json: string; now: string }): AsyncGenerator<string> {
  yield `{"exportedAt":"${now}",\n"member":${json}`
  for (const table of sql.exportedTables) {
    yield `,\n"${table.field}":[`
    let separator = '\n'
    for await (const rows of sql.readPages(db, table, memberId)) {
      yield separator + rows.join(',\n')
      separator = ',\n'
    }
    yield ']'
  }
  yield '}\n'
}
