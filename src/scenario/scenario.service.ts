import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import type { Calendar } from '../calendar.sql.js'
import type { Batching } from '../database/batcher.js'
import type { Queryable } from '../database/database.js'
import type { Transact, Tx, UnitOfWork } from '../database/transaction.js'
import { idTaken, limitExceeded, memberGone, notFound, versionConflict } from '../errors.js'
import { limits } from '../limits.js'
import { lockMember } from '../member/lock.js'
import { feedShowsChange } from '../notification/feed.js'
import { changeNotification, type NotificationState, noNotification } from '../notification/notification.input.js'
import type { Notifications } from '../notification/notification.service.js'
import { type Parts, scenariosOnly } from '../snapshot/parts.js'
import { readScenario, readSnapshot } from '../snapshot/snapshot.sql.js'
import type { MemberRow, ScenarioRow, Snapshot } from '../snapshot/snapshot.types.js'
import { deleteScenario } from './deletion.sql.js'
import { type Move, type MovedList, Moves } from './moves.js'
import { type Placed, prepend } from './ordering.js'
import { type Creation, type deleteRule, fingerprint, type updateRule } from './scenario.input.js'
import * as sql from './scenario.sql.js'
import { changeTemplate } from './template.js'
import { writeTemplate } from './template.sql.js'

/** A scenario and the list it stands in, as they are after a change. */
export type ChangedList = { member: MemberRow | null; scenario: ScenarioRow; scenarios: ScenarioRow[]; listVersion: number }

/** `member`: where it was requested, as it is after the deletion. */
export type Deletion = { deletedId: string; listVersion: number; member: MemberRow | null }

type Dependencies = {
  sqlClient: Queryable
  transact: Transact
  calendar: Calendar
  notifications: Notifications
  /** Is told of whom something has changed. */
  changed(memberId: string): void
  batching: Batching
}

/** A member's scenarios: their content, their templates, their order. */
export class Scenarios {
  readonly #sqlClient: Queryable
  readonly #transact: Transact
  readonly #calendar: Calendar
  readonly #notifications: Notifications
  readonly #moves: Moves

  constructor({ sqlClient, transact, calendar, notifications, changed, batching }: Dependencies) {
    this.#sqlClient = sqlClient
    this.#transact = transact
    this.#calendar = calendar
    this.#notifications = notifications
    this.#moves = new Moves({ transact, calendar, changed, batching })
  }

  async list(memberId: string, parts: Parts): Promise<ScenarioRow[]> {
    return (await this.#read(this.#sqlClient, memberId, { ...parts, scenarios: true })).scenarios
  }

  async one(memberId: string, scenarioId: string, parts: Parts): Promise<ScenarioRow | null> {
    return (await this.#read(this.#sqlClient, memberId, parts, scenarioId)).scenarios[0] ?? null
  }

  /** Puts a new scenario on top. A retry, told by the client-made id and the content, gives the scenario that there is. */
  create(memberId: string, creation: Creation, parts: Parts): Promise<ChangedList> {
    const scenarioId = creation.id ?? newId()
    const notification = changeNotification(noNotification, creation.notification ?? { active: false })
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const list = await sql.readList(tx, this.#calendar.clock, memberId, fingerprint(creation))
      const earlier = list.find(({ id }) => id === scenarioId)
      if (earlier && !earlier.sameCreation) throw idTaken()
      if (!earlier) {
        await this.#insert(tx, memberId, { ...creation, id: scenarioId, notification }, list, fingerprint(creation))
        if (notification.active) await this.#notifications.changed(unit, memberId)
      }
      return this.#changed(tx, memberId, scenarioId, parts)
    })
  }

  /** Changes what is given. A template that is given replaces the whole one; its lines keep their ids. */
  update(memberId: string, { id, expectedVersion, ...change }: z.output<typeof updateRule>, parts: Parts): Promise<ChangedList> {
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      await lockMember(unit, memberId)
      const current = await this.#expect(tx, memberId, id, expectedVersion, {
        ...scenariosOnly,
        notification: true,
        basicMissions: true,
      })
      const template = changeTemplate(current.basicMissions, change.basicMissions ?? current.basicMissions, newId)
      if (!template) throw notFound('mission in this scenario')

      const { name, memo, today } = current
      const { id: _id, ...notification } = current.notification
      const wanted = {
        name: change.name ?? name,
        memo: change.memo === undefined ? memo : change.memo,
        notification: change.notification ? changeNotification(notification, change.notification) : notification,
      }
      const same = JSON.stringify(wanted) === JSON.stringify({ name, memo, notification })
      if (!same || template.changed) await sql.writeScenario(tx, this.#calendar.clock, memberId, id, wanted)
      if (feedShowsChange(current, wanted)) await this.#notifications.changed(unit, memberId)
      if (template.changed) await writeTemplate(tx, this.#calendar.clock, { memberId, scenarioId: id, today }, template)
      return this.#changed(tx, memberId, id, parts)
    })
  }

  /** Moves one scenario between the neighbours its client saw, and answers with the whole list as it then stands. */
  move(memberId: string, move: Move, parts: Parts): Promise<MovedList> {
    return this.#moves.make(memberId, move, parts)
  }

  delete(memberId: string, { id, expectedVersion }: z.output<typeof deleteRule>, parts: Parts): Promise<Deletion> {
    return this.#change(memberId, async (unit) => {
      const { tx } = unit
      const { listVersion } = await lockMember(unit, memberId)
      const { notification, today } = await this.#expect(tx, memberId, id, expectedVersion, { ...scenariosOnly, notification: true })
      await deleteScenario(tx, this.#calendar.clock, { memberId, scenarioId: id, today })
      if (notification.active) await this.#notifications.changed(unit, memberId)
      const member = parts.member ? (await this.#read(tx, memberId, parts)).member : null
      return { deletedId: id, listVersion: listVersion + 1, member }
    })
  }

  /** A change of one member's: it stands in the member's line. */
  #change<T>(memberId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return this.#transact(work, { memberId })
  }

  async #insert(
    tx: Tx,
    memberId: string,
    creation: Omit<Creation, 'notification'> & { id: string; notification: NotificationState },
    list: { id: string; position: number | null }[],
    createdFrom: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const listed = list.filter((scenario): scenario is Placed => scenario.position !== null)
    if (listed.length >= limits.scenariosPerMember) throw limitExceeded('scenarios', limits.scenariosPerMember)
    const { id, name, memo, notification, basicMissions } = creation
    const { items, changed, rebalanced } = prepend<Placed>(listed, { id, position: 0 })
    if (rebalanced) await sql.writePositions(tx, [{ memberId, moves: 1, changed }])
    const lines = basicMissions.map(({ content, weekdays = null }) => ({ id: newId(), content, weekdays }))
    const position = (items[0] as Placed).position
    const inserted = await sql.insertScenario(tx, this.#calendar, memberId, {
      id,
      name,
      memo,
      position,
      fingerprint: createdFrom,
      notification,
      lines,
    })
    if (!inserted) throw idTaken()
  }

  /** The scenario as it stands, at the version that the client knows where it says one. */
  async #expect(tx: Tx, memberId: string, scenarioId: string, expectedVersion: number | undefined, parts: Parts): Promise<ScenarioRow> {
    const [scenario] = (await this.#read(tx, memberId, parts, scenarioId)).scenarios
    if (!scenario) throw notFound('scenario')
    if (expectedVersion !== undefined && expectedVersion !== scenario.version) throw versionConflict('scenario', scenario.version)
    return scenario
  }

  async #changed(tx: Tx, memberId: string, scenarioId: string, parts: Parts): Promise<ChangedList> {
    const { member, scenarios, listVersion } = await this.#read(tx, memberId, { ...parts, scenarios: true })
    return { member, scenario: scenarios.find(({ id }) => id === scenarioId) as ScenarioRow, scenarios, listVersion }
  }

  async #read(db: Queryable, memberId: string, parts: Parts, scenarioId?: string): Promise<Snapshot> {
    const snapshot =
      scenarioId === undefined
        ? await readSnapshot(db, this.#calendar, memberId, parts)
        : await readScenario(db, this.#calendar, { memberId, scenarioId, parts })
    return snapshot ?? gone()
  }
}

function gone(): never {
  throw memberGone()
}
