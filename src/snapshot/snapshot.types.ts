/** What a reader gets of the database. The names are the API's, so that these rows are the GraphQL source objects. */

export type ChecklistItemRow = {
  id: string
  missionId: string | null
  type: 'BASIC' | 'TODAY'
  content: string
  isChecked: boolean
}

export type ChecklistRow = {
  date: string
  phase: 'PAST' | 'TODAY' | 'FUTURE'
  closed: boolean
  items: ChecklistItemRow[]
  checkedCount: number
  totalCount: number
}

export type MissionRow = { id: string; content: string; version: number }

export type NotificationRow = {
  active: boolean
  method: 'PUSH' | 'ALARM' | null
  daysOfWeek: string[]
  time: string | null
}

export type ScenarioRow = {
  id: string
  name: string
  memo: string | null
  version: number
  position: number
  createdAt: string
  updatedAt: string
  notification: NotificationRow
  basicMissions: MissionRow[]
  /** One for each date that was requested. */
  checklists: ChecklistRow[]
  /** The member's today when this was read. */
  today: string
}

/** The member's list, or the part of it that was requested, as it stood at one moment. */
export type Snapshot = { today: string; listVersion: number; scenarios: ScenarioRow[] }
