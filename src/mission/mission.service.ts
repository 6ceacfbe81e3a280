import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import type { Calendar } from '../calendar.sql.js'
import type { Transact, Tx, UnitOfWork } from '../database/transaction.js'
import { checkReadable } from '../dates.js'
import { dayClosed, idTaken, limitExceeded, memberGone, notFound } from '../errors.js'
import { limits } from '../limits.js'
import { lockMember } from '../member/lock.js'
import { ownFieldsOnly } from '../snapshot/parts.js'
import { readScenario } from '../snapshot/snapshot.sql.js'
import type { ChecklistItemRow, ChecklistRow } from '../snapshot/snapshot.types.js'
import type { addRule } from './mission.input.js'
import * as sql from './mission.sql.js'

/** A checklist after a change, and the item that was changed. */
export type ChangedChecklist = { item: ChecklistItemRow | null; checklist: ChecklistRow }

/** A member's TODAY missions: what belongs to one date alone. */
export class TodayMissions {
  readonly #transact: Transact
  readonly #calendar: Calendar

  constructor({ transact, calendar }: { transact: Transact; calendar: Calendar }) {
    this.#transact = transact
    this.#calendar = calendar
  }

  /** A retry, told by the client-made id and the content, gives the mission that there is. */
  add(memberId: string, { id, scenarioId, date, content }: z.output<typeof addRule>): Promise<ChangedChecklist> {
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const earlier = id === undefined ? null : await sql.readTodayMission(tx, memberId, id)
      if (earlier) {
        const same = earlier.scenarioId === scenarioId && earlier.content === content && (date ?? earlier.date) === earlier.date
        if (!same) throw idTaken()
        return changed(await this.#checklist(tx, memberId, scenarioId, earlier.date), earlier.id)
      }
      const day = await this.#openChecklist(tx, memberId, scenarioId, date)
      if (day.items.filter(({ type }) => type === 'TODAY').length >= limits.todayMissionsPerDate) {
        throw limitExceeded('TODAY missions in a scenario on one date', limits.todayMissionsPerDate)
      }
      const mission = { id: id ?? newId(), scenarioId, date: day.date, content }
      if (!(await sql.insertTodayMission(tx, this.#calendar.clock, memberId, mission))) throw idTaken()
      return changed(await this.#checklist(tx, memberId, scenarioId, day.date), mission.id)
    })
  }

  delete(memberId: string, missionId: string): Promise<ChangedChecklist> {
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const mission = await sql.readTodayMission(tx, memberId, missionId)
      if (!mission) throw notFound('TODAY mission')
      await this.#openChecklist(tx, memberId, mission.scenarioId, mission.date)
      await sql.deleteTodayMission(tx, memberId, missionId)
      return { item: null, checklist: await this.#checklist(tx, memberId, mission.scenarioId, mission.date) }
    })
  }

  /** A change of one member's: it stands in the member's line. */
  #change<T>(memberId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.#transact(work, { memberId })
  }

  /** The checklist of a date that can still be changed. */
  async #openChecklist(tx: Tx, memberId: string, scenarioId: string, date: string | null): Promise<ChecklistRow> {
    const { checklist, today } = await this.#read(tx, memberId, scenarioId, date)
    checkReadable(checklist.date, today)
    if (checklist.closed) throw dayClosed(checklist.date, today)
    return checklist
  }

  async #checklist(tx: Tx, memberId: string, scenarioId: string, date: string): Promise<ChecklistRow> {
    return (await this.#read(tx, memberId, scenarioId, date)).checklist
  }

  async #read(tx: Tx, memberId: string, scenarioId: string, date: string | null): Promise<{ checklist: ChecklistRow; today: string }> {
    const parts = { ...ownFieldsOnly, checklists: [date] }
    const snapshot = await readScenario(tx, this.#calendar, { memberId, scenarioId, parts })
    if (!snapshot) throw memberGone()
    const [scenario] = snapshot.scenarios
    if (!scenario) throw notFound('scenario')
    return { checklist: scenario.checklists[0] as ChecklistRow, today: snapshot.today }
  }
}

function changed(checklist: ChecklistRow, missionId: string): ChangedChecklist {
  return { item: checklist.items.find((item) => item.missionId === missionId) ?? null, checklist }
}
