import type { MemberSlice } from '../member-slice.sql.js'
import { defineJob } from './job.js'
import { purgeableByInstant, purgeableOfMembers } from './purge.js'

const rowsPerTransaction = 5_000
const membersPerSlice = 1_000

/** Removes what is past its time: a walk through all members, then what expires by itself. */
export const expiredPurge = defineJob({
  name: 'expired-purge',
  everyMs: 60 * 60_000,
  async run({ purge, signal }) {
    const removed: Record<string, number> = {}
    /** Chunk by chunk, until one was not full. */
    const removeAll = async (kind: string, removeChunk: () => Promise<number>) => {
      for (let count = rowsPerTransaction; count === rowsPerTransaction && !signal.aborted; ) {
        count = await removeChunk()
        removed[kind] = (removed[kind] ?? 0) + count
      }
    }
    for (const kind of purgeableByInstant) await removeAll(kind, () => purge.removeByInstant(kind, rowsPerTransaction))
    let slice: MemberSlice = { after: null, size: membersPerSlice }
    for (let last = await purge.lastOf(slice); last !== null && !signal.aborted; last = await purge.lastOf(slice)) {
      for (const kind of purgeableOfMembers) await removeAll(kind, () => purge.removeOfMembers(kind, slice, rowsPerTransaction))
      slice = { ...slice, after: last }
    }
    return removed
  },
})
