import { z } from 'zod'
import { type SyncPoint, syncPoint } from './sync-token.js'

/** A token of another member, or of a future that never was, is one that can't be used; what is no token at all is a fault of the client. */
export const sinceRule = z
  .string()
  .nullish()
  .transform((token, context): SyncPoint | null => {
    if (token === null || token === undefined) return null
    const point = syncPoint(token)
    if (!point) context.addIssue('is no token of changes.')
    return point
  })
