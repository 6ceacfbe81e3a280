import type { Calendar } from '../calendar.sql.js'
import type { Queryable } from '../database/database.js'
import { itemId } from '../snapshot/ids.js'
import type { ChecklistDate, Parts } from '../snapshot/parts.js'
import { readScenario, readSnapshot } from '../snapshot/snapshot.sql.js'
import type { ChecklistItemRow, ChecklistRow, MemberRow } from '../snapshot/snapshot.types.js'

/** A checklist after a change, and the item that was changed. `member`: where it was requested. */
export type ChangedChecklist = { member: MemberRow | null; item: ChecklistItemRow | null; checklist: ChecklistRow }

type Which = { memberId: string; scenarioId: string; date: ChecklistDate; parts: Partial<Parts> }

/** One checklist, with what else was requested, in one statement. Null: no such scenario. */
export async function readChecklist(
  db: Queryable,
  calendar: Calendar,
  { memberId, scenarioId, date, parts }: Which,
): Promise<{ today: string; member: MemberRow | null; checklist: ChecklistRow | null }> {
  const wanted = { ...parts, checklists: [...new Set([...(parts.checklists ?? []), date])] }
  const { today, member, scenarios } = parts.scenarios
    ? await readSnapshot(db, calendar, memberId, wanted)
    : await readScenario(db, calendar, { memberId, scenarioId, parts: wanted })
  const scenario = scenarios.find(({ id }) => id === scenarioId)
  return { today, member, checklist: scenario?.checklists.find((checklist) => checklist.date === (date ?? today)) ?? null }
}

/** By the item's id too: its `missionId` is null in a closed day whose line is gone since. */
export const itemOf = ({ date, items }: ChecklistRow, missionId: string): ChecklistItemRow | null =>
  items.find((item) => item.missionId === missionId || item.id === itemId(missionId, date)) ?? null
