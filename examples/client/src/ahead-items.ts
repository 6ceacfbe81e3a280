import type { ApolloCache, Reference } from '@apollo/client'
import { type ItemFieldsFragment, ItemFieldsFragmentDoc } from './generated/graphql.js'

export type NewItem = Pick<ItemFieldsFragment, 'type' | 'content'> & { missionId: string }
type Read = (name: string, item: Reference) => unknown

/** Its true id is the server's to say: until then it has one of its own. */
const itemIdOf = (missionId: string, checklistId: string) => `ahead:${missionId}:${checklistId}`

export const itemOf = (checklistId: string, item: NewItem) => ({
  __typename: 'ChecklistItem' as const,
  id: itemIdOf(item.missionId, checklistId),
  isChecked: false,
  ...item,
})

export function writeItem(cache: ApolloCache, checklistId: string, item: NewItem): Reference {
  const data = itemOf(checklistId, item)
  return cache.writeFragment({ fragment: ItemFieldsFragmentDoc, fragmentName: 'ItemFields', data }) as Reference
}

/** Changes what is on a checklist, and counts anew. */
export function changeItems(cache: ApolloCache, checklistId: string, change: (items: Reference[], read: Read) => Reference[]): void {
  const id = cache.identify({ __typename: 'Checklist', id: checklistId })
  let counts: { totalCount: number; checkedCount: number } | null = null
  cache.modify<{ items: readonly Reference[] }>({
    id,
    fields: {
      items(before, { readField }) {
        const read: Read = (name, item) => readField(name, item)
        const items = change([...(before as readonly Reference[])], read)
        counts = { totalCount: items.length, checkedCount: items.filter((item) => read('isChecked', item)).length }
        return items
      },
    },
  })
  if (!counts) return
  const { totalCount, checkedCount } = counts
  cache.modify({ id, fields: { totalCount: () => totalCount, checkedCount: () => checkedCount } })
}

/** The newest of a day comes before the others of that day alone. */
export function addItem(cache: ApolloCache, checklistId: string, item: NewItem): void {
  const added = writeItem(cache, checklistId, item)
  changeItems(cache, checklistId, (items, read) => {
    if (items.some((other) => read('missionId', other) === item.missionId)) return items
    const index = items.findIndex((other) => read('type', other) === 'TODAY')
    return items.toSpliced(index === -1 ? items.length : index, 0, added)
  })
}

export function removeItem(cache: ApolloCache, checklistId: string, missionId: string): void {
  changeItems(cache, checklistId, (items, read) => items.filter((item) => read('missionId', item) !== missionId))
}
