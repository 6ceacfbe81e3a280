import type { RedisOptions } from 'ioredis'

const form = /^(rediss?)\+sentinel:\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/(\d{0,4}))?\?(.+)$/

/**
 * The options for `redis+sentinel://user:password@host1:26379,host2:26379/0?name=mymaster`; null
 * for any other URL. User and password are those of Redis, the parameters `sentinelUsername` and
 * `sentinelPassword` those of the Sentinels. With `rediss+sentinel` both use TLS.
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
    // A primary that hangs or is cut off ends no connection: the Sentinels report that it changed.
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

/** The parts of `user:password`, either may be missing; as given where the encoding is bad. */
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
