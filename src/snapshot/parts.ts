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
  /** When it was made and changed. */
  times: boolean
  checklists: readonly ChecklistDate[]
  /** True where of the scenarios no more is requested than their ids, and of the member no more than the list's version. */
  orderAlone: boolean
}

export const noParts: Parts = {
  member: false,
  scenarios: false,
  notification: false,
  basicMissions: false,
  times: false,
  checklists: [],
  orderAlone: false,
}
export const memberOnly: Parts = { ...noParts, member: true }
export const scenariosOnly: Parts = { ...noParts, scenarios: true }
