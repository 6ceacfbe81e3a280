import { z } from 'zod'
import { type SyncPoint, syncPoint } from './sync-token.js'

/** Null or a token of no use, as another member's: a full sync. Other text is an error. */
export const sinceRule = z
  .string()
  .nullish()
  .transform((token, context): SyncPoint | null => {
    if (token === null || token === undefined) return null
    const point = syncPoint(token)
    if (!point) context.addIssue('is no token of changes.')
    return point
  })
