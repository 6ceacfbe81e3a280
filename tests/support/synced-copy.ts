import { expect } from 'vitest'
import { addDays } from '../../src/dates.js'
import type { Client } from './client.js'

type Line = { id: string; content: string; daysOfWeek: string[] }
type Scenario = { id: string; name: string; memo: string | null; version: number; basicMissions: Line[]; notification: object | null }
type Checklist = { id: string; date: string; scenario: { id: string }; checkedCount: number; items: object[] }
type Member = { nickname: string; listVersion: number; scenarios: { id: string }[]; pauses: object[]; notificationsPaused: boolean }

const member = 'nickname listVersion notificationsPaused pauses { id from to } scenarios { id }'
const scenario = 'id name memo version basicMissions { id content daysOfWeek } notification { active time daysOfWeek method }'
const checklist = 'id date checkedCount totalCount scenario { id } items { id missionId type content isChecked }'
const changes = `query ($since: SyncToken) {
  changes(since: $since) { token fullSync deletedIds member { ${member} } scenarios { ${scenario} } checklists { ${checklist} } }
}`

/** What a client has that knows its member by `changes` alone. */
export class SyncedCopy {
  token: string | null = null
  member: Member | null = null
  readonly scenarios = new Map<string, Scenario>()
  readonly checklists = new Map<string, Checklist>()
  /** Looks that told of something, and those that were of the whole. */
  readonly seen = { looks: 0, changes: 0, fullSyncs: 0 }

  async catchUp(client: Client): Promise<void> {
    const found = (await client.run(changes, { since: this.token })).changes
    this.seen.looks++
    if (found.fullSync) {
      this.seen.fullSyncs++
      this.scenarios.clear()
      this.checklists.clear()
    }
    if (found.scenarios.length + found.checklists.length + found.deletedIds.length > 0) this.seen.changes++
    for (const id of found.deletedIds) {
      this.scenarios.delete(id)
      this.checklists.delete(id)
    }
    for (const one of found.scenarios) this.scenarios.set(one.id, one)
    for (const one of found.checklists) this.checklists.set(one.id, one)
    this.member = found.member
    this.token = found.token
  }

  /** Compares it with a full read. The member's must be at rest. Lists of other days than today are read when they are shown, and may be missing. */
  async expectToBeTrue(client: Client, today: string, what: string): Promise<void> {
    const dates = [-1, 0, 1, 2].map((days) => addDays(today, days))
    const lists = dates.map((date, index) => `d${index}: checklist(date: "${date}") { ${checklist} }`).join(' ')
    const all = await client.run(`{ me { ${member} } scenarios { ${scenario} ${lists} } }`)
    expect(this.member, what).toEqual(all.me)
    const ids = all.me.scenarios.map(({ id }: { id: string }) => id)
    const whole = all.scenarios.map(({ d0, d1, d2, d3, ...rest }: Record<string, unknown>) => rest)
    expect(
      ids.map((id: string) => this.scenarios.get(id)),
      what,
    ).toEqual(whole)
    for (const row of all.scenarios)
      for (const [index, list] of [row.d0, row.d1, row.d2, row.d3].entries()) {
        const own = list === null ? undefined : this.checklists.get(list.id)
        if (own || (list && index === 1)) expect(own, `${what}: ${list.id}`).toEqual(list)
      }
  }
}
