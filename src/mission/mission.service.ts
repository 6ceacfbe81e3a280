import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import type { Calendar } from '../calendar.sql.js'
import type { Transact, Tx, UnitOfWork } from '../database/transaction.js'
import { checkReadable } from '../dates.js'
import { dayClosed, idTaken, limitExceeded, notFound } from '../errors.js'
import { limits } from '../limits.js'
import { lockMember } from '../member/lock.js'
import { type ChecklistDate, noParts, type Parts } from '../snapshot/parts.js'
import type { ChecklistRow } from '../snapshot/snapshot.types.js'
import { type ChangedChecklist, itemOf, readChecklist } from './checklist.js'
import type { addRule } from './mission.input.js'
import * as sql from './mission.sql.js'

/** A member's TODAY missions: what belongs to one date alone. */
export class TodayMissions {
  readonly #transact: Transact
  readonly #calendar: Calendar

  constructor({ transact, calendar }: { transact: Transact; calendar: Calendar }) {
    this.#transact = transact
    this.#calendar = calendar
  }

  /** A retry, told by the client-made id and the content, gives the mission that there is. */
  add(memberId: string, { id, scenarioId, date, content }: z.output<typeof addRule>, parts: Parts): Promise<ChangedChecklist> {
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const earlier = id === undefined ? null : await sql.readTodayMission(tx, memberId, id)
      if (earlier) {
        const same = earlier.scenarioId === scenarioId && earlier.content === content && (date ?? earlier.date) === earlier.date
        if (!same) throw idTaken()
        return this.#changed(tx, memberId, earlier, parts)
      }
      const day = await this.#openChecklist(tx, memberId, scenarioId, date)
      if (day.items.filter(({ type }) => type === 'TODAY').length >= limits.todayMissionsPerDate) {
        throw limitExceeded('TODAY missions in a scenario on one date', limits.todayMissionsPerDate)
      }
      const mission = { id: id ?? newId(), scenarioId, date: day.date, content }
      if (!(await sql.insertTodayMission(tx, this.#calendar.clock, memberId, mission))) throw idTaken()
      return this.#changed(tx, memberId, mission, parts)
    })
  }

  delete(memberId: string, missionId: string, parts: Parts): Promise<ChangedChecklist> {
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const mission = await sql.readTodayMission(tx, memberId, missionId)
      if (!mission) throw notFound('TODAY mission')
      await this.#openChecklist(tx, memberId, mission.scenarioId, mission.date)
      await sql.deleteTodayMission(tx, memberId, missionId)
      return this.#changed(tx, memberId, mission, parts)
    })
  }

  /** A change of one member's: it stands in the member's line. */
  #change<T>(memberId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.#transact(work, { memberId })
  }

  /** The checklist of a date that can still be changed. */
  async #openChecklist(tx: Tx, memberId: string, scenarioId: string, date: ChecklistDate): Promise<ChecklistRow> {
    const { checklist, today } = await readChecklist(tx, this.#calendar, { memberId, scenarioId, date, parts: noParts })
    if (!checklist) throw notFound('scenario')
    checkReadable(checklist.date, today)
    if (checklist.closed) throw dayClosed(checklist.date, today)
    return checklist
  }

  async #changed(tx: Tx, memberId: string, { id, scenarioId, date }: sql.TodayMission, parts: Parts): Promise<ChangedChecklist> {
    const { member, checklist } = await readChecklist(tx, this.#calendar, { memberId, scenarioId, date, parts })
    if (!checklist) throw notFound('scenario')
    return { member, item: itemOf(checklist, id), checklist }
  }
}
