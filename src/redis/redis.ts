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

/** A connection that only listens: it waits for a Redis that is away as long as it takes, and subscribes anew. */
export function connectSubscriber(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    connectTimeout: 1_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  })
  redis.on('error', (err) => log.debug({ err }, 'the connection that listens to Redis failed'))
  return redis
}
