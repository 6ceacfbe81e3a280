import type { Queryable } from '../database/database.js'
import { readTimeZones } from './member.sql.js'

/** The time zones that PostgreSQL knows, since PostgreSQL alone turns instants into local dates. Read once, when first asked. */
export class TimeZones {
  readonly #database: Queryable
  #names: Promise<Set<string>> | null = null

  constructor(database: Queryable) {
    this.#database = database
  }

  async has(name: string): Promise<boolean> {
    this.#names ??= readTimeZones(this.#database).then(
      (names) => new Set(names),
      (error) => {
        this.#names = null
        throw error
      },
    )
    return (await this.#names).has(name)
  }
}
