import type { DayName, Weekdays } from '../weekdays.js'

/** Rows have the API's names, so that they are the GraphQL source objects. */

export type ChecklistItemRow = {
  id: string
  missionId: string | null
  type: 'BASIC' | 'TODAY'
  content: string
  isChecked: boolean
}

export type ChecklistRow = {
  id: string
  scenario: ScenarioRow
  date: string
  phase: 'PAST' | 'TODAY' | 'FUTURE'
  closed: boolean
  items: ChecklistItemRow[]
  checkedCount: number
  totalCount: number
}

export type MissionRow = { id: string; content: string; version: number; weekdays: Weekdays; daysOfWeek: DayName[] }

export type PlaceRow = {
  latitude: number
  longitude: number
  radiusMeters: number
  on: 'LEAVE' | 'ENTER'
  from: string | null
  until: string | null
}

export type NotificationRow = {
  id: string
  active: boolean
  method: 'PUSH' | 'ALARM' | null
  daysOfWeek: DayName[]
  time: string | null
  place: PlaceRow | null
}

export type ScenarioRow = {
  id: string
  name: string
  memo: string | null
  version: number
  position: number
  /** Both where they were requested. */
  createdAt: string | null
  updatedAt: string | null
  notification: NotificationRow
  basicMissions: MissionRow[]
  checklists: ChecklistRow[]
  today: string
}

export type MemberRow = {
  id: string
  nickname: string
  timeZone: string
  dayStartsAt: string
  today: string
  dayEndsAt: string
  notificationsPaused: boolean
  listVersion: number
  createdAt: string
  /** The list, where it was requested. */
  scenarios: ScenarioRow[]
}

/** What was requested of a member and its list, at one moment. `member`: null if not requested. */
export type Snapshot = { today: string; listVersion: number; member: MemberRow | null; scenarios: ScenarioRow[] }
