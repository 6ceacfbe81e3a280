import { inject } from 'vitest'

/** The Redis database of this worker: files that run at once share none. */
export const workerRedisUrl = () => `${inject('redisUrl')}/${process.env.VITEST_POOL_ID ?? 0}`
