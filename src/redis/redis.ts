import { Redis, type RedisOptions } from 'ioredis'
import type { Log } from '../log.js'
import type { Tracing } from '../tracing/tracing.js'
import { sentinelOptions } from './redis-url.js'

/** A connection to the Redis of a URL, or to the primary that its Sentinels name, also after a failover. */
export function openRedis(url: string, options: RedisOptions): Redis {
  const every: RedisOptions = {
    // For those that only listen: probed after so long without a word, and ended ten seconds later.
    keepAlive: 10_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
    // A primary that has become a replica refuses to write: the new one is found by connecting anew.
    reconnectOnError: ({ message }) => message.includes('READONLY'),
    ...options,
  }
  const sentinels = sentinelOptions(url)
  return sentinels ? new Redis({ ...sentinels, ...every }) : new Redis(url, every)
}

/**
 * Connects to Redis. Commands fail soon where it is out of reach (nothing waits for a reconnection), since no request
 * may hang on it: Redis makes things fast, PostgreSQL makes them right.
 */
export function createRedis(url: string, log: Log, tracing: Tracing | null = null): Redis {
  const redis = openRedis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    connectTimeout: 1_000,
    commandTimeout: 500,
    // A host that vanishes ends no connection, and another may answer at its address.
    socketTimeout: 5_000,
  })
  redis.on('error', (err) => log.warn({ err }, 'the connection to Redis failed'))
  if (tracing) traceCommands(redis, tracing)
  return redis
}

/** By the name of the command: its keys are members' ids, and values are theirs. */
function traceCommands(redis: Redis, tracing: Tracing): void {
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) =>
    tracing.innerSpan(`redis ${command.name}`, { 'db.system.name': 'redis' }, async () => send(command, stream))
}

/** A connection that only listens: it waits for a Redis that is away as long as it takes, and subscribes anew. */
export function connectSubscriber(url: string, log: Log): Redis {
  const redis = openRedis(url, { maxRetriesPerRequest: null, connectTimeout: 1_000 })
  redis.on('error', (err) => log.debug({ err }, 'the connection that listens to Redis failed'))
  return redis
}
