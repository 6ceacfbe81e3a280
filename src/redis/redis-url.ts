import type { RedisOptions } from 'ioredis'

const form = /^(rediss?)\+sentinel:\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/(\d{0,4}))?\?(.+)$/

/**
 * What ioredis is told of `redis+sentinel://user:password@host1:26379,host2:26379/0?name=mymaster`; null for what is no such URL.
 * User and password are those of Redis; the Sentinels' own are the parameters `sentinelUsername` and `sentinelPassword`. With
 * `rediss+sentinel` both talk TLS.
 */
export function sentinelOptions(url: string): RedisOptions | null {
  const [, scheme, user = '', hosts = '', db = '', query = ''] = form.exec(url) ?? []
  const given = new URLSearchParams(query)
  const name = given.get('name')
  const known = [...given.keys()].every((key) => key === 'name' || key === 'sentinelUsername' || key === 'sentinelPassword')
  const sentinels = hosts.split(',').map(address)
  if (!scheme || !name || !known || !sentinels.every((one) => one !== null)) return null
  const [username, password] = decoded(user)
  const [sentinelUsername, sentinelPassword] = [given.get('sentinelUsername'), given.get('sentinelPassword')]
  return {
    sentinels,
    name,
    db: Number(db),
    ...(username && { username }),
    ...(password && { password }),
    ...(sentinelUsername && { sentinelUsername }),
    ...(sentinelPassword && { sentinelPassword }),
    ...(scheme === 'rediss' && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
    // A primary that hangs, or was cut off, ends no connection: the Sentinels say when it is one no more.
    failoverDetector: true,
    sentinelCommandTimeout: 1_000,
    sentinelRetryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  }
}

export function isRedisUrl(url: string): boolean {
  return (/^rediss?:\/\//.test(url) && URL.canParse(url)) || sentinelOptions(url) !== null
}

/** `host:port`, also of IPv6 in brackets. */
function address(text: string): { host: string; port: number } | null {
  if (!URL.canParse(`redis://${text}`)) return null
  const { hostname, port } = new URL(`redis://${text}`)
  return hostname ? { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 26_379) } : null
}

/** The two parts of `user:password`, either of which may be missing; as it stands where it is not percent-encoded right. */
function decoded(user: string): (string | undefined)[] {
  const [name, ...password] = user.split(':')
  return [name, password.join(':')].map((part) => {
    try {
      return decodeURIComponent(part ?? '')
    } catch {
      return part
    }
  })
}
