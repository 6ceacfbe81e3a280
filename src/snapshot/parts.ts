/** A calendar date, YYYY-MM-DD, or null for the member's today. */
export type ChecklistDate = string | null

/** What is read of a member. Readers don't read what is left out. */
export type Parts = {
  member: boolean
  /** The scenarios: all, or the one that is asked for. */
  scenarios: boolean
  /** Of each scenario, beside its own fields. */
  notification: boolean
  basicMissions: boolean
  /** When it was made and changed. */
  times: boolean
  checklists: readonly ChecklistDate[]
  /** Nothing is requested but the scenarios' ids and the member's list version. */
  orderAlone: boolean
}
