import { Redis } from 'ioredis'
import type { Log } from '../log.js'

/**
 * Connects to Redis. Commands fail soon where it is out of reach (nothing waits for a reconnection), since no request
 * may hang on it: Redis makes things fast, PostgreSQL makes them right.
 */
export function createRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    connectTimeout: 1_000,
    commandTimeout: 500,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  })
  redis.on('error', (err) => log.warn({ err }, 'the connection to Redis failed'))
  return redis
}
