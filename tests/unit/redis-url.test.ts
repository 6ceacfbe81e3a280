import { expect, test } from 'vitest'
import { isRedisUrl, sentinelOptions } from '../../src/redis/redis-url.js'

test('the URL of a Redis behind Sentinels says where they are, what they call it, and both passwords', () => {
  const url = 'rediss+sentinel://doorstep:p%40ss%2Fw:rd@one:26380,two,[::1]:26379/2?name=main&sentinelUsername=s&sentinelPassword=x%26y'
  expect(sentinelOptions(url)).toMatchObject({
    sentinels: [
      { host: 'one', port: 26_380 },
      { host: 'two', port: 26_379 },
      { host: '::1', port: 26_379 },
    ],
    name: 'main',
    db: 2,
    username: 'doorstep',
    password: 'p@ss/w:rd',
    sentinelUsername: 's',
    sentinelPassword: 'x&y',
    tls: {},
    sentinelTLS: {},
  })
  expect(sentinelOptions('redis+sentinel://:secret@one?name=main')).toMatchObject({ password: 'secret', db: 0 })
  expect(sentinelOptions('redis://one:6379/1')).toBeNull()
  expect(isRedisUrl('redis://one:6379/1')).toBe(true)
})
