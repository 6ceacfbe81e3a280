import type { ApolloCache, Reference } from '@apollo/client'
import { addItem, removeItem } from './ahead-items.js'
import { changeTemplate, writeScenario } from './ahead-template.js'
import { ScenarioFieldsFragmentDoc } from './generated/graphql.js'
import type { Operation } from './operation.js'
import { readFieldOf } from './read-field.js'

type Ahead = { [Name in Operation['name']]?: (cache: ApolloCache, operation: Operation<Name>, memberId: string) => void }

/** What is shown of an operation before the server has done it. Each is run again whenever a layer below it goes, on what is there then. */
export const ahead: Ahead = {
  checkMission(cache, { input: { isChecked }, hint: { itemId = '', checklistId = '' } }) {
    let change = 0
    cache.modify<{ isChecked: boolean }>({
      id: cache.identify({ __typename: 'ChecklistItem', id: itemId }),
      fields: {
        isChecked(before) {
          change = Number(isChecked) - Number(before)
          return isChecked
        },
      },
    })
    cache.modify<{ checkedCount: number }>({
      id: cache.identify({ __typename: 'Checklist', id: checklistId }),
      fields: { checkedCount: (before) => before + change },
    })
  },

  addTodayMission(cache, { input: { id, content }, hint: { checklistId = '' } }) {
    if (id) addItem(cache, checklistId, { missionId: id, type: 'TODAY', content })
  },

  updateTodayMission(cache, { input: { content }, hint: { itemId = '' } }) {
    set(cache, 'ChecklistItem', itemId, { content })
  },

  deleteTodayMission(cache, { input: { missionId }, hint: { checklistId = '' } }) {
    removeItem(cache, checklistId, missionId)
  },

  createScenario(cache, { input }, memberId) {
    if (!input.id || !writeScenario(cache, { ...input, id: input.id }, memberId)) return
    putOnTop(cache, memberId, input.id)
  },

  updateScenario(cache, { input: { id, name, memo, notification, basicMissions } }) {
    set(cache, 'Scenario', id, { name: name ?? undefined, memo })
    if (notification) set(cache, 'Notification', partOf(cache, id, 'notification'), { ...notification, place: undefined })
    if (basicMissions) changeTemplate(cache, id, basicMissions)
  },

  moveScenario(cache, { input: { id, prevId, nextId } }, memberId) {
    changeList(cache, memberId, (ids) => {
      // One that is gone, or is not back yet, has no place to be shown at.
      if (!ids.includes(id)) return ids
      const others = ids.filter((other) => other !== id)
      const after = prevId ? others.indexOf(prevId) + 1 : 0
      const before = nextId ? others.indexOf(nextId) : others.length
      const index = prevId && after > 0 ? after : prevId ? Math.max(before, 0) : 0
      return others.toSpliced(index, 0, id)
    })
  },

  deleteScenario(cache, { input: { id } }, memberId) {
    changeList(cache, memberId, (ids) => ids.filter((other) => other !== id))
  },

  restoreScenario(cache, { input: { id } }, memberId) {
    // Where the cache has forgotten it, it is shown when the server brings it.
    if (isKnown(cache, id)) putOnTop(cache, memberId, id)
  },

  updateMember(cache, { input }, memberId) {
    set(cache, 'Member', memberId, input)
  },

  resumeDays(cache, { input: { id } }, memberId) {
    cache.modify<{ pauses: readonly Reference[] }>({
      id: cache.identify({ __typename: 'Member', id: memberId }),
      fields: { pauses: (before, { readField }) => (before as readonly Reference[]).filter((pause) => readField('id', pause) !== id) },
    })
  },
}

function isKnown(cache: ApolloCache, id: string): boolean {
  const from = { __typename: 'Scenario', id }
  return cache.readFragment({ fragment: ScenarioFieldsFragmentDoc, fragmentName: 'ScenarioFields', from }, true) !== null
}

/** Gives the fields of an object these values, of those that it has; undefined leaves one as it is. */
function set(cache: ApolloCache, __typename: string, id: string, values: object): void {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  cache.modify({ id: cache.identify({ __typename, id }), fields: Object.fromEntries(given.map(([name, value]) => [name, () => value])) })
}

/** The id of what a scenario has in a field. */
function partOf(cache: ApolloCache, scenarioId: string, field: string): string {
  const part = readFieldOf<Reference>(cache, cache.identify({ __typename: 'Scenario', id: scenarioId }), field)
  return (part && readFieldOf<string>(cache, part.__ref, 'id')) ?? ''
}

const putOnTop = (cache: ApolloCache, memberId: string, id: string) =>
  changeList(cache, memberId, (ids) => [id, ...ids.filter((other) => other !== id)])

function changeList(cache: ApolloCache, memberId: string, change: (ids: string[]) => string[]): void {
  cache.modify<{ scenarios: readonly Reference[] }>({
    id: cache.identify({ __typename: 'Member', id: memberId }),
    fields: {
      scenarios(before, { readField, toReference }) {
        const ids = (before as readonly Reference[]).map((scenario) => readField<string>('id', scenario) as string)
        return change(ids).map((id) => toReference({ __typename: 'Scenario', id }) as Reference)
      },
    },
  })
}
