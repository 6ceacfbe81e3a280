// Before each file: workers that an earlier one has killed may hold a mutex still.
import { Redis } from 'ioredis'
import { workerRedisUrl } from './worker-redis.js'

const redis = new Redis(workerRedisUrl())
await redis.flushdb()
redis.disconnect()
