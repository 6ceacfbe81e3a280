/** A calendar date, YYYY-MM-DD, or null for the member's today. */
export type ChecklistDate = string | null

/** What of a scenario is read beside its own fields. */
export type ScenarioParts = {
  notification: boolean
  basicMissions: boolean
  checklists: readonly ChecklistDate[]
}

export const ownFieldsOnly: ScenarioParts = { notification: false, basicMissions: false, checklists: [] }
