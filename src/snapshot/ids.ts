import { isCalendarDate } from '../dates.js'

/**
 * Ids of what has no row, or no id, of its own: an id that is unique among a member's things, and a
 * part that no UUID has, so that they are unique over all types.
 */
export const checklistId = (scenarioId: string, date: string): string => `${scenarioId}:${date}`

export const notificationId = (scenarioId: string): string => `${scenarioId}:notification`

/** Not the scenario's own: a client that stores by id alone would take one for the other. */
export const deletedScenarioId = (scenarioId: string): string => `${scenarioId}:deleted`

/** An item's id, fixed by mission and date. A TODAY mission, of one date alone, has its own. */
export const itemId = (missionId: string, date: string): string => `${missionId}:${date}`

/** What an id can be of. `id`: of the scenario, or of an unknown kind of row. */
export type ParsedId = { id: string; of: 'row' | 'notification' } | { id: string; of: 'checklist'; date: string }

/** Null where it is no id of ours. Does not say whether the thing exists. */
export function parseId(id: string): ParsedId | null {
  const [, uuid, rest] = /^([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?::(.+))?$/i.exec(id) ?? []
  if (!uuid) return null
  const row = uuid.toLowerCase()
  if (rest === undefined) return { id: row, of: 'row' }
  if (rest === 'notification') return { id: row, of: 'notification' }
  return isCalendarDate(rest) ? { id: row, of: 'checklist', date: rest } : null
}
