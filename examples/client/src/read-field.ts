import type { ApolloCache } from '@apollo/client'

/** What the cache has in a field of an object, whatever else of it is missing; `id`: as the cache names it. */
export function readFieldOf<T>(cache: ApolloCache, id: string | undefined, field: string): T | undefined {
  let value: T | undefined
  cache.modify({
    id,
    fields: {
      [field](before: unknown) {
        value = before as T
        return before
      },
    },
  })
  return value
}
