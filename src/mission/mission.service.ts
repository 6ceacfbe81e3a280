import type { z } from 'zod'
import type { Tx } from '../database/transaction.js'
import { checkReadable } from '../dates.js'
import { dayClosed, idTaken, limitExceeded, notFound } from '../errors.js'
import { limits } from '../limits.js'
import type { ServiceDeps } from '../member/change.js'
import { newIdOf, type Operation } from '../operation/operation.js'
import type { ChecklistDate, Parts } from '../snapshot/parts.js'
import type { ChecklistRow } from '../snapshot/snapshot.types.js'
import { type ChangedChecklist, itemOf, readChecklist } from './checklist.js'
import type { addRule, deleteRule, updateRule } from './mission.input.js'
import * as sql from './mission.sql.js'

/** `isNew`: nothing can have this id yet. */
type Change = { id: string; isNew?: boolean; operation: Operation | undefined; parts: Parts }

export class TodayMissions {
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  /** A retry (by the client's id, and the content until it is edited) gets the existing mission. */
  add(memberId: string, { operation, ...input }: z.output<typeof addRule>, parts: Parts): Promise<ChangedChecklist> {
    const { scenarioId, date, content } = input
    const id = input.id ?? newIdOf(operation)
    const isNew = input.id === undefined && operation === undefined
    return this.#changeMission(memberId, { id, isNew, operation, parts }, async (tx, earlier) => {
      if (earlier) {
        const isSameContent = earlier.content === content || earlier.hasChanged
        const same = earlier.scenarioId === scenarioId && isSameContent && (date ?? earlier.date) === earlier.date
        if (!same) throw idTaken()
        return earlier
      }
      const day = await this.#openChecklist(tx, memberId, scenarioId, date)
      // Yesterday is open in its grace, though the scenario may have been made or restored today.
      if (day.phase === 'PAST' && !(await sql.hadList(tx, memberId, scenarioId, day.date))) throw notFound('checklist on that date')
      if (day.items.filter(({ type }) => type === 'TODAY').length >= limits.todayMissionsPerDate) {
        throw limitExceeded('TODAY missions in a scenario on one date', limits.todayMissionsPerDate)
      }
      const mission = { id, scenarioId, date: day.date, content }
      if (!(await sql.insertTodayMission(tx, this.#deps.calendar.clock, memberId, mission))) throw idTaken()
      return mission
    })
  }

  update(memberId: string, { missionId, content, operation }: z.output<typeof updateRule>, parts: Parts): Promise<ChangedChecklist> {
    return this.#changeMission(memberId, { id: missionId, operation, parts }, async (tx, mission) => {
      if (!mission || mission.content === null) throw notFound('TODAY mission')
      await this.#openChecklist(tx, memberId, mission.scenarioId, mission.date)
      const changed = { ...mission, content }
      if (content !== mission.content) await sql.writeContent(tx, this.#deps.calendar.clock, memberId, changed)
      return changed
    })
  }

  /** What was deleted already stays so, also when its day is over. */
  delete(memberId: string, { missionId, operation }: z.output<typeof deleteRule>, parts: Parts): Promise<ChangedChecklist> {
    return this.#changeMission(memberId, { id: missionId, operation, parts }, async (tx, mission) => {
      if (!mission) throw notFound('TODAY mission')
      if (mission.content === null) return mission
      await this.#openChecklist(tx, memberId, mission.scenarioId, mission.date)
      await sql.deleteTodayMission(tx, this.#deps.calendar.clock, memberId, missionId)
      return mission
    })
  }

  #changeMission(
    memberId: string,
    { id, isNew = false, operation, parts }: Change,
    effect: (tx: Tx, mission: sql.TodayMission | null) => Promise<sql.TodayMission>,
  ): Promise<ChangedChecklist> {
    return this.#deps.change(memberId, operation, {
      effect: async ({ tx }) => effect(tx, isNew ? null : await sql.findTodayMission(tx, memberId, id)),
      response: async ({ tx }, done) => {
        const mission = done ?? (await sql.findTodayMission(tx, memberId, id))
        if (!mission) throw notFound('TODAY mission')
        const { scenarioId, date } = mission
        const { member, checklist } = await readChecklist(tx, this.#deps.calendar, { memberId, scenarioId, date, parts })
        if (!checklist) throw notFound('scenario')
        return { member, item: itemOf(checklist, id), checklist }
      },
    })
  }

  async #openChecklist(tx: Tx, memberId: string, scenarioId: string, date: ChecklistDate): Promise<ChecklistRow> {
    const { checklist, today } = await readChecklist(tx, this.#deps.calendar, { memberId, scenarioId, date, parts: {} })
    if (!checklist) throw notFound('scenario')
    checkReadable(checklist.date, today)
    if (checklist.closed) throw dayClosed(checklist.date, today)
    return checklist
  }
}
