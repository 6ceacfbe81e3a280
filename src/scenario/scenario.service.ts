import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import type { Tx } from '../database/transaction.js'
import { idTaken, notFound, versionConflict } from '../errors.js'
import type { MemberUnit, ServiceDeps } from '../member/change.js'
import { changeNotification, type NotificationState, noNotification } from '../notification/change.js'
import { feedShowsChange } from '../notification/feed.js'
import type { Notifications } from '../notification/notification.service.js'
import { fingerprintOf, newIdOf, type Operation } from '../operation/operation.js'
import { deletedScenarioId } from '../snapshot/ids.js'
import type { Parts } from '../snapshot/parts.js'
import { readMember, readScenario, readSnapshot } from '../snapshot/snapshot.sql.js'
import type { MemberRow, ScenarioRow } from '../snapshot/snapshot.types.js'
import { areAnyTaken } from '../snapshot/taken.sql.js'
import { type ChangedList, readChangedList } from './changed-list.js'
import { deleteScenario, isDeleted, readDeletedScenarios, restoreScenario } from './deletion.sql.js'
import type { DeletedScenario } from './restoring.types.js'
import type { Creation, deleteRule, duplicateRule, restoreRule, updateRule } from './scenario.input.js'
import * as sql from './scenario.sql.js'
import { changeTemplate, placeLines, type WantedLine } from './template.js'
import { writeTemplate } from './template.sql.js'
import { makeRoomOnTop } from './top.js'

/** `member`: where it was requested, as it is after the deletion. */
export type Deletion = { deletedId: string; listVersion: number; member: MemberRow | null }

type Insertion = { operation: Operation | undefined; id: string | undefined; fingerprint: string; parts: Parts }

type Content = { name: string; memo: string | null; notification: NotificationState; lines: WantedLine[] }

type Expected = { id: string; expectedVersion?: number | undefined }

type Dependencies = ServiceDeps & { notifications: Notifications }

export class Scenarios {
  readonly #deps: Dependencies

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  async list(memberId: string, parts: Parts): Promise<ScenarioRow[]> {
    return (await readSnapshot(this.#deps.sqlClient, this.#deps.calendar, memberId, { ...parts, scenarios: true })).scenarios
  }

  async one(memberId: string, scenarioId: string, parts: Parts): Promise<ScenarioRow | null> {
    return (await readScenario(this.#deps.sqlClient, this.#deps.calendar, { memberId, scenarioId, parts })).scenarios[0] ?? null
  }

  create(memberId: string, { id, operation, ...creation }: Creation, parts: Parts): Promise<ChangedList> {
    const { name, memo, basicMissions: lines } = creation
    const notification = changeNotification(noNotification, creation.notification ?? { active: false })
    const how = { operation, id, fingerprint: fingerprintOf(creation), parts }
    return this.#insert(memberId, how, async () => ({ name, memo, notification, lines }))
  }

  /** Copies fields, template and inactive notification to the top of the list; no history. */
  duplicate(memberId: string, { id, newId: copyId, operation }: z.output<typeof duplicateRule>, parts: Parts): Promise<ChangedList> {
    const how = { operation, id: copyId, fingerprint: fingerprintOf({ duplicateOf: id }), parts }
    return this.#insert(memberId, how, async (tx) => {
      const copied = { notification: true, basicMissions: true }
      const { name, memo, notification, basicMissions } = await this.#expect(tx, memberId, { id }, copied)
      const lines = basicMissions.map(({ content, weekdays }) => ({ content, weekdays }))
      return { name, memo, notification: { ...notification, active: false }, lines }
    })
  }

  /** A given template replaces the whole one; lines keep their ids. What is left out stays. */
  update(memberId: string, { operation, ...wanted }: z.output<typeof updateRule>, parts: Parts): Promise<ChangedList> {
    return this.#deps.change(memberId, operation, {
      effect: (unit) => this.#update(unit, memberId, wanted),
      response: ({ tx }) => readChangedList(tx, this.#deps.calendar, { memberId, scenarioId: wanted.id, parts }),
    })
  }

  /** What is deleted already stays so, whatever version is expected. */
  delete(memberId: string, { id, expectedVersion, operation }: z.output<typeof deleteRule>, parts: Parts): Promise<Deletion> {
    return this.#deps.change(memberId, operation, {
      effect: async (unit) => {
        if (await isDeleted(unit.tx, memberId, id)) return unit.listVersion
        const { notification, today } = await this.#expect(unit.tx, memberId, { id, expectedVersion }, { notification: true })
        await deleteScenario(unit.tx, this.#deps.calendar.clock, { memberId, scenarioId: id, today })
        if (notification.active) await this.#deps.notifications.changed(unit, memberId)
        return unit.listVersion + 1
      },
      response: async ({ tx, listVersion }, done) => {
        const member = parts.member ? await readMember(tx, this.#deps.calendar, memberId, parts) : null
        return { deletedId: id, listVersion: done ?? listVersion, member }
      },
    })
  }

  async listDeleted(memberId: string): Promise<DeletedScenario[]> {
    const rows = await readDeletedScenarios(this.#deps.sqlClient, this.#deps.calendar.clock, memberId)
    return rows.map(({ id, ...row }) => ({ id: deletedScenarioId(id), ...row }))
  }

  /** Puts a deleted scenario back on top of the list. One that is not deleted stays where it is. */
  restore(memberId: string, { id, operation }: z.output<typeof restoreRule>, parts: Parts): Promise<ChangedList> {
    return this.#deps.change(memberId, operation, {
      effect: async (unit) => {
        const { tx } = unit
        const { clock } = this.#deps.calendar
        const list = await sql.readList(tx, clock, memberId)
        const scenario = list.find((candidate) => candidate.id === id)
        if (scenario && scenario.position !== null) return
        if (!scenario?.restorable) throw notFound('scenario')
        const position = await makeRoomOnTop(tx, clock, { memberId, scenarioId: id, list })
        const { active } = await restoreScenario(tx, this.#deps.calendar, { memberId, scenarioId: id, position })
        if (active) await this.#deps.notifications.changed(unit, memberId)
      },
      response: ({ tx }) => readChangedList(tx, this.#deps.calendar, { memberId, scenarioId: id, parts }),
    })
  }

  async #update(
    unit: MemberUnit,
    memberId: string,
    { id, expectedVersion, ...change }: Omit<z.output<typeof updateRule>, 'operation'>,
  ): Promise<void> {
    const { tx } = unit
    const current = await this.#expect(tx, memberId, { id, expectedVersion }, { notification: true, basicMissions: true })
    const template = change.basicMissions ? changeTemplate(current.basicMissions, change.basicMissions, newId) : null
    if (template && (await areAnyTaken(tx, memberId, template.addedIds))) throw idTaken()

    const { name, memo, today } = current
    const { id: _id, ...notification } = current.notification
    const wanted = {
      name: change.name ?? name,
      memo: change.memo === undefined ? memo : change.memo,
      notification: change.notification ? changeNotification(notification, change.notification) : notification,
    }
    const same = JSON.stringify(wanted) === JSON.stringify({ name, memo, notification })
    if (!same || template) await sql.writeScenario(tx, this.#deps.calendar.clock, memberId, id, wanted)
    if (feedShowsChange(current, wanted)) await this.#deps.notifications.changed(unit, memberId)
    const which = { memberId, scenarioId: id, today }
    if (template) await writeTemplate(tx, this.#deps.calendar.clock, which, template, { countVersion: false })
  }

  /** A retry (by the client's id, and what it was made from) gets the existing scenario. */
  #insert(
    memberId: string,
    { operation, id = newIdOf(operation), fingerprint, parts }: Insertion,
    read: (tx: Tx) => Promise<Content>,
  ): Promise<ChangedList> {
    return this.#deps.change(memberId, operation, {
      effect: async (unit) => {
        const { tx } = unit
        const { clock } = this.#deps.calendar
        const list = await sql.readList(tx, clock, memberId, fingerprint)
        const earlier = list.find((scenario) => scenario.id === id)
        if (earlier && !earlier.sameCreation) throw idTaken()
        if (earlier) return
        const content = await read(tx)
        const position = await makeRoomOnTop(tx, clock, { memberId, scenarioId: id, list })
        const scenario = { ...content, id, position, fingerprint, lines: placeLines(content.lines, newId) }
        if (!(await sql.insertScenario(tx, this.#deps.calendar, memberId, scenario))) throw idTaken()
        if (content.notification.active) await this.#deps.notifications.changed(unit, memberId)
      },
      response: ({ tx }) => readChangedList(tx, this.#deps.calendar, { memberId, scenarioId: id, parts }),
    })
  }

  /** VERSION_CONFLICT where the client expects another version; NOT_FOUND where it is gone. */
  async #expect(tx: Tx, memberId: string, { id, expectedVersion }: Expected, parts: Partial<Parts>): Promise<ScenarioRow> {
    const { scenarios } = await readScenario(tx, this.#deps.calendar, { memberId, scenarioId: id, parts })
    const [scenario] = scenarios
    if (!scenario) throw notFound('scenario')
    if (expectedVersion !== undefined && expectedVersion !== scenario.version) throw versionConflict('scenario', scenario.version)
    return scenario
  }
}
