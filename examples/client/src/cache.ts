import { type ApolloCache, gql, InMemoryCache } from '@apollo/client'
import { ahead } from './ahead.js'
import type { Operation } from './operation.js'

/** A list of the server replaces the one that was there: what Apollo Client does anyway, but warns of where the new one is shorter. */
const replace = { merge: false }

/** No `update` functions: every object has an id that is its own, and payloads bring what has changed. */
export const createCache = () =>
  new InMemoryCache({
    typePolicies: {
      Member: { fields: { scenarios: replace, pauses: replace, deletedScenarios: replace, sessions: replace, dayReceipts: replace } },
      Scenario: { fields: { basicMissions: replace } },
      Checklist: { fields: { items: replace } },
    },
  })

/** Shows an operation before the server has done it: in a layer of its own, which goes with the operation. */
export function showAhead(cache: ApolloCache, operation: Operation, memberId: string): void {
  const update = ahead[operation.name]
  if (!update) return
  try {
    cache.batch({ optimistic: operation.operationId, update: (layer) => update(layer, operation as never, memberId) })
  } catch {
    // What another version of the app has stored may look different: it is shown when it is done.
  }
}

export const showNoMore = (cache: ApolloCache, { operationId }: Operation) => cache.removeOptimistic(operationId)

const Version = gql`fragment Version on Scenario { version }`

/** The version of a scenario that is shown; undefined where it is not known. */
export const versionOf = (cache: ApolloCache, id: string): number | undefined =>
  cache.readFragment<{ version: number }>({ id: cache.identify({ __typename: 'Scenario', id }), fragment: Version }, true)?.version
