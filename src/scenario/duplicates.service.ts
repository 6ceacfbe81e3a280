import { v7 as newId } from 'uuid'
import type { z } from 'zod'
import type { Calendar } from '../calendar.sql.js'
import type { Tx } from '../database/transaction.js'
import { idTaken, notFound } from '../errors.js'
import type { ChangeMember } from '../member/change.js'
import { newIdOf } from '../operation/operation.js'
import { type Parts, scenariosOnly } from '../snapshot/parts.js'
import { readScenario } from '../snapshot/snapshot.sql.js'
import type { ScenarioRow } from '../snapshot/snapshot.types.js'
import { type ChangedList, readChangedList } from './changed-list.js'
import { fingerprintOf } from './fingerprint.js'
import type { duplicateRule } from './scenario.input.js'
import { insertScenario, readList } from './scenario.sql.js'
import { placeLines } from './template.js'
import { makeRoomOnTop } from './top.js'

/** Copies of scenarios: the fields, the template and the notification, which is inactive; no history. */
export class Duplicates {
  readonly #calendar: Calendar
  readonly #change: ChangeMember

  constructor({ change, calendar }: { change: ChangeMember; calendar: Calendar }) {
    this.#calendar = calendar
    this.#change = change
  }

  /** Puts a copy on top of the list. A retry, told by the client-made id of the copy and by what was copied, gives the copy that there is. */
  make(memberId: string, { id, newId: wantedId, operation }: z.output<typeof duplicateRule>, parts: Parts): Promise<ChangedList> {
    const copyId = wantedId ?? newIdOf(operation)
    const fingerprint = fingerprintOf({ duplicateOf: id })
    return this.#change(memberId, operation, {
      effect: async ({ tx }) => {
        const { clock } = this.#calendar
        const list = await readList(tx, clock, memberId, fingerprint)
        const earlier = list.find((scenario) => scenario.id === copyId)
        if (earlier && !earlier.sameCreation) throw idTaken()
        if (earlier) return
        const { name, memo, notification, basicMissions } = await this.#original(tx, memberId, id)
        const position = await makeRoomOnTop(tx, clock, { memberId, scenarioId: copyId, list })
        const inserted = await insertScenario(tx, this.#calendar, memberId, {
          id: copyId,
          name,
          memo,
          position,
          fingerprint,
          notification: { ...notification, active: false },
          lines: placeLines(
            basicMissions.map(({ id: _id, ...line }) => line),
            newId,
          ),
        })
        if (!inserted) throw idTaken()
      },
      response: ({ tx }) => readChangedList(tx, this.#calendar, { memberId, scenarioId: copyId, parts }),
    })
  }

  async #original(tx: Tx, memberId: string, scenarioId: string): Promise<ScenarioRow> {
    const parts = { ...scenariosOnly, notification: true, basicMissions: true }
    const snapshot = await readScenario(tx, this.#calendar, { memberId, scenarioId, parts })
    const scenario = snapshot?.scenarios[0]
    if (!scenario) throw notFound('scenario')
    return scenario
  }
}
