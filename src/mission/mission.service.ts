import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import { Batcher, type Batching, type BatchOutcome } from '../database/batcher.js'
import type { SqlClient } from '../database/sql-client.js'
import type { Transact, Tx, UnitOfWork } from '../database/transaction.js'
import { dayClosed, idTaken, limitExceeded, memberGone, notFound, serviceUnavailable } from '../errors.js'
import { limits } from '../limits.js'
import { lockMember } from '../member/lock.js'
import { type Days, wholeChecklist, wholeItem } from '../snapshot/checklist.sql.js'
import { ownFieldsOnly } from '../snapshot/parts.js'
import { branch, type Shape } from '../snapshot/shape.js'
import { readSnapshot } from '../snapshot/snapshot.sql.js'
import type { ChecklistItemRow, ChecklistRow } from '../snapshot/snapshot.types.js'
import { checklistOn, checkReadable } from './date-window.js'
import type { addRule, checkRule } from './mission.input.js'
import * as sql from './mission.sql.js'

/** A checklist after a change, and the item that was changed. */
export type ChangedChecklist = { item: ChecklistItemRow | null; checklist: ChecklistRow }

const wholeChange: Shape = [branch('item', wholeItem), branch('checklist', wholeChecklist)]

type Dependencies = { statements: SqlClient; transact: Transact; days: Days; batching: Batching }

type AskedTick = z.output<typeof checkRule> & { memberId: string; shape: Shape }

/** A member's missions of a day: ticks, and what belongs to one day alone. */
export class Missions {
  readonly #statements: SqlClient
  readonly #transact: Transact
  readonly #days: Days
  readonly #ticks: Batcher<AskedTick, string | null>

  constructor({ statements, transact, days, batching }: Dependencies) {
    this.#statements = statements
    this.#transact = transact
    this.#days = days
    this.#ticks = new Batcher({
      ...batching,
      partitionKey: ({ memberId }) => memberId,
      groupKey: ({ shape }) => shape,
      // One after the other, so that the answer to a member's second tap has the first one in it.
      sameKeyTogether: false,
      run: (asked, how) => this.#tickAll(asked, how),
    })
  }

  /**
   * Sets, never toggles: however often it is sent, by however many devices, there is one row. Ticks of several members that
   * arrive while others are under way are set together.
   */
  async check(memberId: string, tick: z.output<typeof checkRule>): Promise<ChangedChecklist> {
    return JSON.parse(await this.checkForJson(memberId, tick, wholeChange))
  }

  /** The same, answered with JSON in the shape of an answer. */
  async checkForJson(memberId: string, tick: z.output<typeof checkRule>, shape: Shape): Promise<string> {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const answer = await this.#ticks.submit({ ...tick, memberId, shape })
      if (answer !== null) return answer
      refuseTick(await sql.explainTick(this.#statements, this.#days, memberId, tick))
      // Nothing stands in the way any more: the mission was made, or the member's day moved, between the two reads.
    }
    throw serviceUnavailable()
  }

  async #tickAll(asked: AskedTick[], how: { waitForLocks: boolean }): Promise<BatchOutcome<string | null>[]> {
    try {
      const answers = await sql.tick(this.#statements, this.#days, (asked[0] as AskedTick).shape, asked, how)
      return answers.map((answer) => (answer === null && !how.waitForLocks ? 'deferred' : { result: answer }))
    } catch (error) {
      // Somebody's data may have made it fail. Each once more: to set twice is to set.
      if (asked.length > 1) return asked.map(() => 'deferred')
      throw error
    }
  }

  /** A retry, told by the client-made id and the content, gives the mission that there is. */
  add(memberId: string, { id, scenarioId, date, content }: z.output<typeof addRule>): Promise<ChangedChecklist> {
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      await lockMember(unit, this.#days, memberId)
      const earlier = id === undefined ? null : await sql.readOneOff(tx, memberId, id)
      if (earlier) {
        const same = earlier.scenarioId === scenarioId && earlier.content === content && (date ?? earlier.date) === earlier.date
        if (!same) throw idTaken()
        return changed(await this.#checklist(tx, memberId, scenarioId, earlier.date), earlier.id)
      }
      const day = await this.#openChecklist(tx, memberId, scenarioId, date)
      if (day.items.filter(({ type }) => type === 'TODAY').length >= limits.todayMissionsPerDate) {
        throw limitExceeded('TODAY missions in a scenario on one date', limits.todayMissionsPerDate)
      }
      const oneOff = { id: id ?? newId(), scenarioId, date: day.date, content }
      if (!(await sql.insertOneOff(tx, this.#days.clock, oneOff))) throw idTaken()
      return changed(await this.#checklist(tx, memberId, scenarioId, day.date), oneOff.id)
    })
  }

  delete(memberId: string, missionId: string): Promise<ChangedChecklist> {
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      await lockMember(unit, this.#days, memberId)
      const oneOff = await sql.readOneOff(tx, memberId, missionId)
      if (!oneOff) throw notFound('TODAY mission')
      await this.#openChecklist(tx, memberId, oneOff.scenarioId, oneOff.date)
      await sql.deleteOneOff(tx, missionId)
      return { item: null, checklist: await this.#checklist(tx, memberId, oneOff.scenarioId, oneOff.date) }
    })
  }

  /** A change of one member's: it stands in the member's line. */
  #change<T>(memberId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.#transact(work, { memberId })
  }

  /** The checklist of a date that can still be changed. */
  async #openChecklist(tx: Tx, memberId: string, scenarioId: string, date: string | null): Promise<ChecklistRow> {
    const scenario = await this.#scenario(tx, memberId, scenarioId, date)
    const checklist = checklistOn(scenario, date ?? scenario.today)
    if (checklist.closed) throw dayClosed(checklist.date, scenario.today)
    return checklist
  }

  async #checklist(tx: Tx, memberId: string, scenarioId: string, date: string): Promise<ChecklistRow> {
    return (await this.#scenario(tx, memberId, scenarioId, date)).checklists[0] as ChecklistRow
  }

  async #scenario(tx: Tx, memberId: string, scenarioId: string, date: string | null) {
    const snapshot = await readSnapshot(tx, this.#days, { memberId, scenarioId, parts: { ...ownFieldsOnly, checklists: [date] } })
    if (!snapshot) throw memberGone()
    const [scenario] = snapshot.scenarios
    if (!scenario) throw notFound('scenario')
    return scenario
  }
}

function refuseTick(obstacle: sql.TickObstacle | null): void {
  if (!obstacle) throw memberGone()
  if (!obstacle.found) throw notFound('mission on that date')
  checkReadable(obstacle.date, obstacle.today)
  if (!obstacle.open) throw dayClosed(obstacle.date, obstacle.today)
}

function changed(checklist: ChecklistRow, missionId: string): ChangedChecklist {
  return { item: checklist.items.find((item) => item.missionId === missionId) ?? null, checklist }
}
