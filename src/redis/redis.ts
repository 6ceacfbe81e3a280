import { Redis, type RedisOptions } from 'ioredis'
import type { Log } from '../log.js'
import type { Tracing } from '../tracing/tracing.js'
import { sentinelOptions } from './redis-url.js'

/** Connects to a URL's Redis, or to the primary that its Sentinels name, also after a failover. */
export function openRedis(url: string, options: RedisOptions): Redis {
  const every: RedisOptions = {
    // For subscribers: a silent connection is probed after 10 s, and ended 10 s later.
    keepAlive: 10_000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
    // A primary that has become a replica rejects writes: a new connection finds the new one.
    reconnectOnError: ({ message }) => message.includes('READONLY'),
    ...options,
  }
  const sentinels = sentinelOptions(url)
  return sentinels ? new Redis({ ...sentinels, ...every }) : new Redis(url, every)
}

/**
 * Commands fail soon without Redis, and none waits for a reconnection: no request may hang on it.
 * Redis makes things fast, PostgreSQL makes them right.
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

/** Named by the command alone: its keys are members' ids, and its values are theirs. */
function traceCommands(redis: Redis, tracing: Tracing): void {
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) =>
    tracing.innerSpan(`redis ${command.name}`, { 'db.system.name': 'redis' }, async () => send(command, stream))
}

/** A connection for subscriptions: it waits as long as Redis is away, and subscribes anew. */
export function connectSubscriber(url: string, log: Log): Redis {
  const redis = openRedis(url, { maxRetriesPerRequest: null, connectTimeout: 1_000 })
  redis.on('error', (err) => log.debug({ err }, 'the connection that listens to Redis failed'))
  return redis
}
