import { type ApolloCache, InMemoryCache, type Reference } from '@apollo/client'
import type { Operation } from './operation.js'

/** A list of the server replaces the one that was there: what Apollo Client does anyway, but warns of where the new one is shorter. */
const replace = { merge: false }

/** No `update` functions: every object has an id that is its own, and payloads bring what has changed. */
export const createCache = () =>
  new InMemoryCache({
    typePolicies: {
      Member: { fields: { scenarios: replace } },
      Scenario: { fields: { basicMissions: replace } },
      Checklist: { fields: { items: replace } },
    },
  })

/** Shows an operation before the server has done it: in a layer of its own, which goes with the operation. */
export function showAhead(cache: ApolloCache, operation: Operation, memberId: string): void {
  const update = ahead[operation.name]
  if (update) cache.batch({ optimistic: operation.operationId, update: (layer) => update(layer, operation as never, memberId) })
}

export const showNoMore = (cache: ApolloCache, { operationId }: Operation) => cache.removeOptimistic(operationId)

type Ahead = { [Name in Operation['name']]?: (cache: ApolloCache, operation: Operation<Name>, memberId: string) => void }

/** Each is run again whenever a layer below it goes, on what is there then. */
const ahead: Ahead = {
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

  moveScenario(cache, { input: { id, prevId, nextId } }, memberId) {
    changeList(cache, memberId, (ids) => {
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
}

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
