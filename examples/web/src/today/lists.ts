import type { ChecklistFieldsFragment, DayOfWeek, PlaceEvent } from '../../../client/src/generated/graphql.js'
import { useDayLists, useHome } from '../device/queries.js'

export type List = { id: string; name: string; memo: string | null; notification: Bell | null; checklist: ChecklistFieldsFragment }
type Bell = { active: boolean; time: string | null; daysOfWeek: readonly DayOfWeek[]; place: { on: PlaceEvent } | null }

/** The member's lists on one day, in order; null while they are not known. Null as a date is today. */
export function useLists(date: string | null): { lists: List[] | null; error: unknown; retry(): void } {
  const { data: home, ...ofHome } = useHome()
  const { data: day, ...ofDay } = useDayLists(date)
  if (!home || date === null) return { lists: home?.me.scenarios ?? null, ...ofHome }
  const known = new Map(home.me.scenarios.map((scenario) => [scenario.id, scenario]))
  const lists = day?.me.scenarios.map(({ id, name, checklist }) => {
    const { memo = null, notification = null } = known.get(id) ?? {}
    return { id, name, memo, notification, checklist }
  })
  return { lists: lists ?? null, ...ofDay }
}
