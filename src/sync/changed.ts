import { addDays } from '../dates.js'
import { limits } from '../limits.js'
import { checklistId, notificationId } from '../snapshot/ids.js'
import type { SyncPoint } from './sync-token.js'

/** What has changed since a point, and the point at which that was so. */
export type FoundChanges = Omit<SyncPoint, 'memberId'> & {
  /** True where everything is listed: without a token, or with an unusable one. */
  fullSync: boolean
  today: string
  listVersion: number
  memberChanged: boolean
  scenarios: { id: string; templateChanged: boolean }[]
  /** Lists with a change of their own, from yesterday on. */
  days: { scenarioId: string; date: string }[]
  /** One more than `limits.deletionsTold` where there are more. */
  deletedIds: string[]
}

/** What a client is to read anew, and what it is to forget. */
export type ToTell = { scenarioIds: Set<string>; checklistIds: Set<string>; dates: string[]; deletedIds: string[] }

/**
 * A changed template changes today's list and each later one: later ones with something of their
 * own are told; of the others, that a client's copy is outdated.
 */
export function toTell({ fullSync, today, scenarios, days, deletedIds }: FoundChanges): ToTell {
  const changed = new Map(days.map(({ scenarioId, date }) => [checklistId(scenarioId, date), date]))
  const forgotten: string[] = []
  for (const { id, templateChanged } of scenarios) {
    // The template may have changed yesterday. A new scenario without missions has today's list.
    if (fullSync || templateChanged) changed.set(checklistId(id, addDays(today, -1)), addDays(today, -1))
    changed.set(checklistId(id, today), today)
    if (fullSync || !templateChanged) continue
    for (let ahead = 1; ahead <= limits.daysAhead; ahead++) forgotten.push(checklistId(id, addDays(today, ahead)))
  }
  const nearestFirst = [...changed].sort(([, one], [, other]) => distance(one, today) - distance(other, today))
  const told = new Map(nearestFirst.slice(0, limits.checklistsTold))
  return {
    scenarioIds: new Set(scenarios.map(({ id }) => id)),
    checklistIds: new Set(told.keys()),
    dates: [...new Set(told.values())],
    deletedIds: [
      ...deletedIds.flatMap((id) => [id, notificationId(id)]),
      ...(fullSync ? [] : [...forgotten, ...changed.keys()].filter((id) => !told.has(id))),
    ],
  }
}

const distance = (one: string, other: string) => Math.abs(Date.parse(one) - Date.parse(other))
