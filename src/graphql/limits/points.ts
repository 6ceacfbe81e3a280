import type { CachedDocument, CachedOperation } from '../document-cache.js'

/** A usual operation, such as a whole list with its checklists, is one point. */
const costOfAPoint = 200_000

/** Rejected operations count too, and one of several without a name counts as the dearest. */
export function pointsOf(document: CachedDocument | null, operationName: string | null): number {
  const named = document?.find(operationName)
  const counted = named ? [named] : (document?.operations ?? [])
  return Math.max(1, ...counted.map(points))
}

const points = ({ cost, definition, rootFields }: CachedOperation) =>
  Math.max(Math.ceil(cost / costOfAPoint), definition.operation === 'mutation' ? rootFields.length : 1)
