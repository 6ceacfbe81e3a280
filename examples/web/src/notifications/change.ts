import type { DayOfWeek, NotificationMethod } from '../../../client/src/generated/graphql.js'
import type { Scenario } from '../editor/draft.js'

export type Change = { active?: boolean; method?: NotificationMethod; daysOfWeek?: DayOfWeek[]; time?: string }

const weekdays: DayOfWeek[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY']

/** What a notification that was never set begins with. */
const usual = { method: 'PUSH' as NotificationMethod, daysOfWeek: weekdays, time: '08:00' }

/** What is sent of a change: without what it leaves as it is, which another device may have set meanwhile. */
export const inputOf = ({ active, method, daysOfWeek, time, place }: Scenario['notification'], change: Change) => ({
  active,
  ...(method === null && { method: usual.method }),
  ...(daysOfWeek.length === 0 && { daysOfWeek: usual.daysOfWeek }),
  // One that has a place need not have a time.
  ...(time === null && place === null && { time: usual.time }),
  ...change,
})
