import { defineJob } from './job.js'
import { purgeable } from './purge.js'

const chunkSize = 5_000
/** A run ends after so many chunks of one kind: 1,000,000 rows. The next one goes on where it stopped. */
const chunksPerRun = 200

/** Removes what is past its time. */
export const expiredPurge = defineJob({
  name: 'expired-purge',
  everyMs: 60 * 60_000,
  async run({ purge, signal }) {
    const removed: Record<string, number> = {}
    for (const kind of purgeable) {
      removed[kind] = 0
      for (let chunk = 0; chunk < chunksPerRun && !signal.aborted; chunk++) {
        const count = await purge.removeChunk(kind, chunkSize)
        removed[kind] += count
        if (count === 0) break
      }
    }
    return removed
  },
})
