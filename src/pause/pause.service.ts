import { z } from 'zod'
import { notFound } from '../errors.js'
import { uuid } from '../input.js'
import type { ServiceDeps } from '../member/change.js'
import type { Notifications } from '../notification/notification.service.js'
import { mutationRule, newIdOf, type Operation } from '../operation/operation.js'
import type { Parts } from '../snapshot/parts.js'
import { readMember } from '../snapshot/snapshot.sql.js'
import type { MemberRow } from '../snapshot/snapshot.types.js'
import * as sql from './pause.sql.js'
import type { Pause } from './pause.types.js'
import { type PauseChange, takeBack, takeOff } from './pausing.js'

export const pauseRule = mutationRule('pauseDays', z.object({ from: z.string(), to: z.string() }))
export const resumeRule = mutationRule('resumeDays', z.object({ id: uuid }))

type Dependencies = ServiceDeps & { notifications: Notifications }

export class Pauses {
  readonly #deps: Dependencies

  constructor(deps: Dependencies) {
    this.#deps = deps
  }

  async list(memberId: string): Promise<Pause[]> {
    const { pauses } = await sql.readPauses(this.#deps.sqlClient, this.#deps.calendar, memberId)
    return pauses.sort((one, other) => (one.from < other.from ? -1 : 1))
  }

  pause(memberId: string, { operation, from, to }: z.output<typeof pauseRule>, parts: Parts): Promise<MemberRow> {
    return this.#change(memberId, { operation, parts }, (pauses, today) => takeOff(pauses, { id: newIdOf(operation), from, to }, today))
  }

  resume(memberId: string, { operation, id }: z.output<typeof resumeRule>, parts: Parts): Promise<MemberRow> {
    return this.#change(memberId, { operation, parts }, (pauses, today) => {
      const pause = pauses.find((candidate) => candidate.id === id)
      if (!pause) throw notFound('pause')
      return takeBack(pause, today)
    })
  }

  /** Reads today under the member's lock: no day with a receipt enters or leaves a pause. */
  #change(
    memberId: string,
    { operation, parts }: { operation: Operation | undefined; parts: Parts },
    decide: (pauses: Pause[], today: string) => PauseChange,
  ): Promise<MemberRow> {
    const { calendar, notifications } = this.#deps
    return this.#deps.change(memberId, operation, {
      effect: async (unit) => {
        const { pauses, today } = await sql.readPauses(unit.tx, calendar, memberId)
        const change = decide(pauses, today)
        if (!change.saved && change.removedIds.length === 0) return
        await sql.writePauses(unit.tx, calendar.clock, memberId, change)
        await notifications.changed(unit, memberId)
      },
      response: ({ tx }) => readMember(tx, calendar, memberId, parts),
    })
  }
}
