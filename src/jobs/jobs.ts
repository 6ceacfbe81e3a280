import { expiredPurge } from './expired-purge.job.js'
import type { Job } from './job.js'
import { midnightReset } from './midnight-reset.job.js'

/** Every job there is. A scheduler in Redis that is not of these is removed. */
export const jobs: readonly Job[] = [midnightReset, expiredPurge]
