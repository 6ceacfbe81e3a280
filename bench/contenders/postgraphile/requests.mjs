// What a client of PostGraphile sends for what Doorstep's clients ask, and how it reads the answer.

/**
 * The rows of the day as one list of each scenario, which the client lays beside the templates. Faster than the children
 * under each template (a subquery for each), and than a function that returns the checklist.
 */
const list = `query ($date: Date!) {
  scenarios: myScenarios {
    id: rowId name memo version
    notification: notificationByScenarioId { active method daysOfWeek time }
    basicMissions: missionsByScenarioIdList(condition: { useDate: null }, orderBy: POSITION_ASC) { id: rowId content version }
    ofTheDay: missionsByScenarioIdList(condition: { useDate: $date }, orderBy: CREATED_AT_DESC) {
      id: rowId parentMissionId missionType content isChecked
    }
  }
}`

const tick = `mutation ($missionId: UUID!, $isChecked: Boolean!, $date: Date!) {
  mission: checkMission(missionId: $missionId, isChecked: $isChecked, date: $date) { id: rowId isChecked }
}`

/** The body of a request for all that a member has on a date (`data` goes to `itemsOf`). Who asks, the access token tells. */
export const listRequest = ({ date }) => ({ query: list, variables: { date } })

/** The body of a request that ticks a template on a date, or takes the tick away. `mission` is null where it can't be. */
export const tickRequest = ({ missionId, isChecked, date }) => ({ query: tick, variables: { missionId, isChecked, date } })

/** The checklists of an answer, each as Doorstep orders it: the templates, then the one-offs, newest first. */
export function itemsOf({ scenarios }) {
  return scenarios.map(({ name, basicMissions, ofTheDay }) => {
    const checked = new Map(ofTheDay.map(({ parentMissionId, isChecked }) => [parentMissionId, isChecked]))
    const templates = basicMissions.map(({ id, content }) => ({ content, isChecked: checked.get(id) ?? false }))
    const oneOffs = ofTheDay.filter(({ missionType }) => missionType === 'TODAY')
    return { name, checklist: [...templates, ...oneOffs.map(({ content, isChecked }) => ({ content, isChecked }))] }
  })
}
