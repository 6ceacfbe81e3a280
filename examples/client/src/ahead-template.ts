import type { ApolloCache, Reference } from '@apollo/client'
import { changeItems, itemOf, type NewItem, writeItem } from './ahead-items.js'
import { type DayOfWeek, ScenarioFieldsFragmentDoc } from './generated/graphql.js'
import type { InputOf } from './mutations.js'
import { readFieldOf } from './read-field.js'

type Line = { id?: string | null; content: string; daysOfWeek?: readonly DayOfWeek[] | DayOfWeek | null }
type NewScenario = InputOf<'createScenario'> & { id: string }

const everyDay: DayOfWeek[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY']
const linesOf = (lines: InputOf<'createScenario'>['basicMissions']) => [lines ?? []].flat() as Line[]

/** Lines that have no id yet are shown when the server has given them one. */
const known = (lines: Line[]) => lines.filter((line): line is Line & { id: string } => Boolean(line.id))

const basicItem = ({ id, content }: Line & { id: string }): NewItem => ({ missionId: id, type: 'BASIC', content })

const missionOf = ({ id, content, daysOfWeek }: Line & { id: string }) => ({
  __typename: 'Mission' as const,
  id,
  content,
  daysOfWeek: [daysOfWeek ?? everyDay].flat() as DayOfWeek[],
  version: 1,
})

/** A scenario as it will be; false where it can't be shown, since today is not known. */
export function writeScenario(cache: ApolloCache, { id, name, memo, basicMissions }: NewScenario, memberId: string): boolean {
  const today = readFieldOf<string>(cache, cache.identify({ __typename: 'Member', id: memberId }), 'today')
  if (!today) return false
  const lines = known(linesOf(basicMissions))
  const checklistId = `ahead:${id}`
  const items = lines.map((line) => itemOf(checklistId, basicItem(line)))
  const data = {
    __typename: 'Scenario' as const,
    id,
    name,
    memo: memo ?? null,
    version: 1,
    notification: {
      __typename: 'Notification' as const,
      id: `ahead:${id}:notification`,
      active: false,
      method: null,
      daysOfWeek: [],
      time: null,
      place: null,
    },
    basicMissions: lines.map(missionOf),
    checklist: {
      __typename: 'Checklist' as const,
      id: checklistId,
      date: today,
      phase: 'TODAY' as const,
      closed: false,
      checkedCount: 0,
      totalCount: items.length,
      items,
    },
  }
  cache.writeFragment({ fragment: ScenarioFieldsFragmentDoc, fragmentName: 'ScenarioFields', data })
  return true
}

/** A new template, and with it the checklists that are not over: a line that was there keeps its check. */
export function changeTemplate(cache: ApolloCache, scenarioId: string, basicMissions: InputOf<'updateScenario'>['basicMissions']): void {
  const lines = known(linesOf(basicMissions))
  const before = new Set<string>()
  const checklists: string[] = []
  cache.modify<{ basicMissions: readonly Reference[]; checklist: Reference }>({
    id: cache.identify({ __typename: 'Scenario', id: scenarioId }),
    fields: {
      basicMissions(missions, { readField, toReference }) {
        for (const mission of missions as readonly Reference[]) before.add(readField<string>('id', mission) as string)
        return lines.map((line) => {
          if (!before.has(line.id)) return toReference(missionOf(line), true) as Reference
          const mission = { __typename: 'Mission', id: line.id }
          cache.modify({ id: cache.identify(mission), fields: { content: () => line.content } })
          return toReference(mission) as Reference
        })
      },
      checklist(checklist, { readField }) {
        const ref = checklist as Reference
        if (readField('phase', ref) !== 'PAST') checklists.push(readField<string>('id', ref) as string)
        return checklist
      },
    },
  })
  for (const checklistId of checklists) {
    changeItems(cache, checklistId, (items, read) => {
      const ofMission = new Map(items.map((item) => [read('missionId', item), item]))
      const basic = lines.flatMap((line) => {
        const item = ofMission.get(line.id)
        if (item) cache.modify({ id: item.__ref, fields: { content: () => line.content } })
        // One that was there and had no item is not for this day.
        return item ?? (before.has(line.id) ? [] : writeItem(cache, checklistId, basicItem(line)))
      })
      return [...basic, ...items.filter((item) => read('type', item) === 'TODAY')]
    })
  }
}
