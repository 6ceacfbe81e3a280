// What a client of PostGraphile sends for what Doorstep's clients request, and how it reads the response.

/**
 * The member's rows of the date as one list, which the client lays beside the lines: one read of an index. Faster than the checks under
 * each line (a subquery for each), and than a function that returns the checklist.
 */
const list = `query ($date: Date!) {
  scenarios: myScenarios {
    id: rowId name memo version
    notification: notificationByMemberIdAndScenarioId { active method daysOfWeek time }
    basicMissions: missionsByMemberIdAndScenarioIdList(condition: { useDate: null, removedOn: null }, orderBy: POSITION_ASC) { id: rowId content version }
  }
  ofTheDay: myMissionsOf(date: $date) { id: rowId scenarioId parentMissionId missionType content isChecked }
}`

const check = `mutation ($missionId: UUID!, $isChecked: Boolean!, $date: Date!) {
  mission: checkMission(missionId: $missionId, isChecked: $isChecked, date: $date) { id: rowId isChecked }
}`

/** The body of a request for all that a member has on a date (`data` goes to `itemsOf`). The access token tells whose. */
export const listRequest = ({ date }) => ({ query: list, variables: { date } })

/** The body of a request that checks a line on a date, or takes the check away. `mission` is null where it can't be. */
export const checkRequest = ({ missionId, isChecked, date }) => ({ query: check, variables: { missionId, isChecked, date } })

/** The checklists of a response, each as Doorstep orders it: the lines, then the TODAY missions, newest first. */
export function itemsOf({ scenarios, ofTheDay }) {
  const checked = new Map(ofTheDay.map(({ parentMissionId, isChecked }) => [parentMissionId, isChecked]))
  return scenarios.map(({ id, name, basicMissions }) => {
    const lines = basicMissions.map(({ id, content }) => ({ content, isChecked: checked.get(id) ?? false }))
    const todayMissions = ofTheDay.filter(({ missionType, scenarioId }) => missionType === 'TODAY' && scenarioId === id)
    return { name, checklist: [...lines, ...todayMissions.map(({ content, isChecked }) => ({ content, isChecked }))] }
  })
}
