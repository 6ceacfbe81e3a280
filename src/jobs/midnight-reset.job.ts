import { defineJob } from './job.js'

/** So many members are closed in one transaction: 0.15 s (median) during which their rows are locked. */
const chunkSize = 200

/** Closes every local day that has ended. */
export const midnightReset = defineJob({
  name: 'midnight-reset',
  everyMs: 60_000,
  async run({ closing, signal }) {
    const closed = { members: 0, days: 0 }
    while (!signal.aborted) {
      const chunk = await closing.closeDueChunk(chunkSize)
      if (chunk.members === 0) break
      closed.members += chunk.members
      closed.days += chunk.days
    }
    return closed
  },
})
