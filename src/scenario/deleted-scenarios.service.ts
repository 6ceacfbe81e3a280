import type { z } from 'zod'
import type { Calendar } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import { notFound } from '../errors.js'
import type { ChangeMember, MemberUnit } from '../member/change.js'
import type { Notifications } from '../notification/notification.service.js'
import type { Parts } from '../snapshot/parts.js'
import { type ChangedList, readChangedList } from './changed-list.js'
import { type DeletedScenarioRow, readDeletedScenarios, restoreScenario } from './deletion.sql.js'
import type { restoreRule } from './scenario.input.js'
import { readList } from './scenario.sql.js'
import { makeRoomOnTop } from './top.js'

type Dependencies = { sqlClient: Queryable; change: ChangeMember; calendar: Calendar; notifications: Notifications }

/** What of a member's scenarios is deleted and can be brought back. */
export class DeletedScenarios {
  readonly #sqlClient: Queryable
  readonly #calendar: Calendar
  readonly #notifications: Notifications
  readonly #change: ChangeMember

  constructor({ sqlClient, change, calendar, notifications }: Dependencies) {
    this.#sqlClient = sqlClient
    this.#calendar = calendar
    this.#notifications = notifications
    this.#change = change
  }

  list(memberId: string): Promise<DeletedScenarioRow[]> {
    return readDeletedScenarios(this.#sqlClient, this.#calendar.clock, memberId)
  }

  /** Puts a deleted scenario back on top of the list. One that is not deleted stays where it is. */
  restore(memberId: string, { id, operation }: z.output<typeof restoreRule>, parts: Parts): Promise<ChangedList> {
    return this.#change(memberId, operation, {
      effect: (unit) => this.#restore(unit, memberId, id),
      response: ({ tx }) => readChangedList(tx, this.#calendar, { memberId, scenarioId: id, parts }),
    })
  }

  async #restore(unit: MemberUnit, memberId: string, scenarioId: string): Promise<void> {
    const { tx } = unit
    const { clock } = this.#calendar
    const list = await readList(tx, clock, memberId)
    const scenario = list.find(({ id }) => id === scenarioId)
    if (scenario && scenario.position !== null) return
    if (!scenario?.restorable) throw notFound('scenario')
    const position = await makeRoomOnTop(tx, clock, { memberId, scenarioId, list })
    const { active } = await restoreScenario(tx, this.#calendar, { memberId, scenarioId, position })
    if (active) await this.#notifications.changed(unit, memberId)
  }
}
