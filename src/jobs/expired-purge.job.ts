import type { MemberSlice } from '../member-slice.sql.js'
import { defineJob } from './job.js'
import type { Purgeable } from './purge.js'

const rowsPerTransaction = 5_000
const membersPerSlice = 1_000

/** Removes what is past its time: first what expires by an instant, then member by member. */
export const expiredPurge = defineJob({
  name: 'expired-purge',
  everyMs: 60 * 60_000,
  async run({ purge, signal }) {
    const removed: Record<string, number> = {}
    const removeAll = async (kind: string, rows: Purgeable, slice?: MemberSlice) => {
      for (let count = rowsPerTransaction; count === rowsPerTransaction && !signal.aborted; ) {
        count = await purge.remove(rows, rowsPerTransaction, slice)
        removed[kind] = (removed[kind] ?? 0) + count
      }
    }
    for (const [kind, rows] of Object.entries(purge.byInstant)) await removeAll(kind, rows)
    let slice: MemberSlice = { after: null, size: membersPerSlice }
    for (let last = await purge.lastOf(slice); last !== null && !signal.aborted; last = await purge.lastOf(slice)) {
      for (const [kind, rows] of Object.entries(purge.ofMembers)) await removeAll(kind, rows, slice)
      slice = { ...slice, after: last }
    }
    return removed
  },
})
