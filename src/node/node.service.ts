import type { Calendar } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import { isReadable } from '../dates.js'
import { parseId } from '../snapshot/ids.js'
import type { Parts } from '../snapshot/parts.js'
import { readMember, readScenario, readScenarioWith } from '../snapshot/snapshot.sql.js'
import type { ChecklistRow, MemberRow, MissionRow, NotificationRow, ScenarioRow } from '../snapshot/snapshot.types.js'

type Named<Name extends string, Row> = Row & { __typename: Name }

/** A row with the name of its type, since nothing else of a row tells which it is. */
export type FoundNode =
  | Named<'Member', MemberRow>
  | Named<'Scenario', ScenarioRow>
  | Named<'Mission', MissionRow>
  | Named<'Checklist', ChecklistRow>
  | Named<'Notification', NotificationRow>

export class Nodes {
  readonly #sqlClient: Queryable
  readonly #calendar: Calendar

  constructor({ sqlClient, calendar }: { sqlClient: Queryable; calendar: Calendar }) {
    this.#sqlClient = sqlClient
    this.#calendar = calendar
  }

  /** Null for what is no id, for what is gone, and for another member's: they look alike. */
  async find(memberId: string, id: string, parts: Parts): Promise<FoundNode | null> {
    const parsed = parseId(id)
    if (!parsed) return null
    if (parsed.of === 'notification') {
      const scenario = await this.#scenario(memberId, parsed.id, { ...parts, notification: true })
      return scenario && named('Notification', scenario.notification)
    }
    if (parsed.of === 'checklist') return this.#checklist(memberId, parsed.id, parsed.date, parts)
    if (parsed.id === memberId) return named('Member', await readMember(this.#sqlClient, this.#calendar, memberId, parts))
    return this.#scenarioOrMission(memberId, parsed.id, parts)
  }

  async #scenarioOrMission(memberId: string, id: string, parts: Parts): Promise<FoundNode | null> {
    const which = { memberId, id, parts: { ...parts, basicMissions: true } }
    const { scenarios } = await readScenarioWith(this.#sqlClient, this.#calendar, which)
    const [scenario] = scenarios
    if (scenario?.id === id) return named('Scenario', scenario)
    const mission = scenario?.basicMissions.find((line) => line.id === id)
    return mission ? named('Mission', mission) : null
  }

  async #checklist(memberId: string, scenarioId: string, date: string, parts: Parts): Promise<FoundNode | null> {
    const scenario = await this.#scenario(memberId, scenarioId, { ...parts, checklists: [...parts.checklists, date] })
    if (!scenario || !isReadable(date, scenario.today)) return null
    const checklist = scenario.checklists.find((candidate) => candidate.date === date)
    return checklist ? named('Checklist', checklist) : null
  }

  async #scenario(memberId: string, scenarioId: string, parts: Parts): Promise<ScenarioRow | null> {
    const { scenarios } = await readScenario(this.#sqlClient, this.#calendar, { memberId, scenarioId, parts })
    return scenarios[0] ?? null
  }
}

const named = <Name extends string, Row>(__typename: Name, row: Row): Named<Name, Row> => ({ ...row, __typename })
