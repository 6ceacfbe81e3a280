import { useQuery } from '@apollo/client/react'
import { type ChecklistFieldsFragment, DayListsDocument, HomeDocument } from '../../../client/src/generated/graphql.js'

export type List = { id: string; name: string; memo: string | null; notification: Bell | null; checklist: ChecklistFieldsFragment }
type Bell = { active: boolean; time: string | null; daysOfWeek: readonly DayName[]; place: { on: 'LEAVE' | 'ENTER' } | null }
type DayName = 'MONDAY' | 'TUESDAY' | 'WEDNESDAY' | 'THURSDAY' | 'FRIDAY' | 'SATURDAY' | 'SUNDAY'

/** The member's lists on one day, in order; null while they are not known. Null as a date is today. */
export function useLists(date: string | null): List[] | null {
  const { data: home } = useQuery(HomeDocument)
  const { data: day } = useQuery(DayListsDocument, {
    variables: { date: date ?? '' },
    skip: date === null,
    fetchPolicy: 'cache-and-network',
  })
  if (!home) return null
  if (date === null) return home.me.scenarios
  if (!day) return null
  const known = new Map(home.me.scenarios.map((scenario) => [scenario.id, scenario]))
  return day.me.scenarios.map(({ id, name, checklist }) => {
    const { memo = null, notification = null } = known.get(id) ?? {}
    return { id, name, memo, notification, checklist }
  })
}
