import type { Calendar } from '../calendar.sql.js'
import type { Tx } from '../database/transaction.js'
import { notFound } from '../errors.js'
import type { Parts } from '../snapshot/parts.js'
import { readSnapshot } from '../snapshot/snapshot.sql.js'
import type { MemberRow, ScenarioRow } from '../snapshot/snapshot.types.js'

/** A scenario and its list after a change. `member`: null where it was not requested. */
export type ChangedList = { member: MemberRow | null; scenario: ScenarioRow; scenarios: ScenarioRow[]; listVersion: number }

/** NOT_FOUND where the scenario is gone, as it may be since an operation that is sent again. */
export async function readChangedList(
  tx: Tx,
  calendar: Calendar,
  { memberId, scenarioId, parts }: { memberId: string; scenarioId: string; parts: Parts },
): Promise<ChangedList> {
  const { member, scenarios, listVersion } = await readSnapshot(tx, calendar, memberId, { ...parts, scenarios: true })
  const scenario = scenarios.find(({ id }) => id === scenarioId)
  if (!scenario) throw notFound('scenario')
  return { member, scenario, scenarios, listVersion }
}
