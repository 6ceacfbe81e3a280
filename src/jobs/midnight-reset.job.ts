import { defineJob } from './job.js'

/** Writes the receipt of every local day that has ended. */
export const midnightReset = defineJob({
  name: 'midnight-reset',
  everyMs: 60_000,
  run: ({ closing, signal }) => closing.closeDue(signal),
})
