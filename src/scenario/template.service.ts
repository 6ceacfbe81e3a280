import type { z } from 'zod'
import type { Tx } from '../database/transaction.js'
import { idTaken, limitExceeded, notFound, versionConflict } from '../errors.js'
import { limits } from '../limits.js'
import type { MemberUnit, ServiceDeps } from '../member/change.js'
import { newIdOf, type Operation } from '../operation/operation.js'
import type { Parts } from '../snapshot/parts.js'
import { areAnyTaken } from '../snapshot/taken.sql.js'
import { type ChangedList, readChangedList } from './changed-list.js'
import { insertBetween, type Neighbours } from './ordering.js'
import type { addRule, deleteRule, moveRule, updateRule } from './template.input.js'
import * as sql from './template.sql.js'

/** Changes one line at a time: devices that edit at once keep each other's changes. */
export class Templates {
  readonly #deps: ServiceDeps

  constructor(deps: ServiceDeps) {
    this.#deps = deps
  }

  /** A retry (by the client's id, and the content until it is edited) finds the existing line. */
  add(memberId: string, input: z.output<typeof addRule>, parts: Parts): Promise<ChangedList> {
    const { scenarioId, content, daysOfWeek: weekdays = null, operation } = input
    const id = input.id ?? newIdOf(operation)
    const isNew = input.id === undefined && operation === undefined
    return this.#deps.change(memberId, operation, {
      effect: async ({ tx }) => {
        const template = await sql.readTemplate(tx, this.#deps.calendar, memberId, { scenarioId })
        if (!template) throw notFound('scenario')
        const earlier = template.lines.find((line) => line.id === id)
        if (earlier?.version === 1 && (earlier.content !== content || earlier.weekdays !== weekdays)) throw idTaken()
        if (earlier) return
        if (template.lines.length >= limits.basicMissionsPerScenario) {
          throw limitExceeded('missions in a scenario', limits.basicMissionsPerScenario)
        }
        if (!isNew && (await areAnyTaken(tx, memberId, [id]))) throw idTaken()
        await this.#place(tx, template, { id, content, weekdays, position: 0, version: 1 }, input)
      },
      response: ({ tx }) => readChangedList(tx, this.#deps.calendar, { memberId, scenarioId, parts }),
    })
  }

  update(memberId: string, { id, expectedVersion, operation, ...change }: z.output<typeof updateRule>, parts: Parts): Promise<ChangedList> {
    return this.#changeLine(memberId, { id, operation, parts }, async ({ tx }, template) => {
      const line = lineOf(template, id)
      if (expectedVersion !== undefined && expectedVersion !== line.version) throw versionConflict('mission', line.version)
      const { content = line.content, daysOfWeek: weekdays = line.weekdays } = change
      if (content === line.content && weekdays === line.weekdays) return
      await this.#write(tx, template, { lines: [{ ...line, content, weekdays }], removedIds: [] })
    })
  }

  move(memberId: string, { id, operation, ...neighbours }: z.output<typeof moveRule>, parts: Parts): Promise<ChangedList> {
    return this.#changeLine(memberId, { id, operation, parts }, async ({ tx }, template) => {
      await this.#place(tx, template, lineOf(template, id), neighbours)
    })
  }

  /** What was deleted already stays so. */
  delete(memberId: string, { id, operation }: z.output<typeof deleteRule>, parts: Parts): Promise<ChangedList> {
    return this.#changeLine(memberId, { id, operation, parts }, async ({ tx }, template) => {
      if (template.lines.some((line) => line.id === id)) await this.#write(tx, template, { lines: [], removedIds: [id] })
    })
  }

  /** Changes the template that has, or had, a line. */
  #changeLine(
    memberId: string,
    { id, operation, parts }: { id: string; operation: Operation | undefined; parts: Parts },
    effect: (unit: MemberUnit, template: sql.Template) => Promise<void>,
  ): Promise<ChangedList> {
    const read = async (tx: Tx) => {
      const template = await sql.readTemplate(tx, this.#deps.calendar, memberId, { missionId: id })
      if (!template) throw notFound('mission')
      return template
    }
    return this.#deps.change(memberId, operation, {
      effect: async (unit) => {
        const template = await read(unit.tx)
        await effect(unit, template)
        return template
      },
      response: async ({ tx }, done) => {
        const { scenarioId } = done ?? (await read(tx))
        return readChangedList(tx, this.#deps.calendar, { memberId, scenarioId, parts })
      },
    })
  }

  /** Puts a new or existing line in its place; writes nothing if it is there already. */
  async #place(tx: Tx, template: sql.Template, line: sql.TemplateLine, neighbours: Neighbours): Promise<void> {
    const { items, changed } = insertBetween(template.lines, line, neighbours)
    if (items.length === template.lines.length && items.every(({ id }, index) => id === template.lines[index]?.id)) return
    const changedIds = new Set(changed.map(({ id }) => id))
    await this.#write(tx, template, { lines: items.filter(({ id }) => changedIds.has(id)), removedIds: [] })
  }

  #write(tx: Tx, template: sql.Template, change: Parameters<typeof sql.writeTemplate>[3]): Promise<void> {
    return sql.writeTemplate(tx, this.#deps.calendar.clock, template, change, { countVersion: true })
  }
}

function lineOf({ lines }: sql.Template, id: string): sql.TemplateLine {
  const line = lines.find((candidate) => candidate.id === id)
  if (!line) throw notFound('mission')
  return line
}
