/** A calendar date, YYYY-MM-DD, or null for the member's today. */
export type ChecklistDate = string | null

/** What is read of a member. */
export type Parts = {
  /** The member's own fields. */
  member: boolean
  /** The scenarios: all, or the one that is asked for. */
  scenarios: boolean
  /** Of each scenario, beside its own fields. */
  notification: boolean
  basicMissions: boolean
  checklists: readonly ChecklistDate[]
}

export const noParts: Parts = { member: false, scenarios: false, notification: false, basicMissions: false, checklists: [] }
export const memberOnly: Parts = { ...noParts, member: true }
export const scenariosOnly: Parts = { ...noParts, scenarios: true }
