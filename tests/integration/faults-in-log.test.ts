import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../src/log.js'
import { appForThisTest } from '../support/app.js'
import { Client, makeMember } from '../support/client.js'
import { readFeed } from '../support/feed.js'
import { RedisForATest } from '../support/redis.js'

type Line = { msg: string; count?: number; err?: { [key: string]: unknown } }

function logIntoLines() {
  const text: string[] = []
  const log = createLog('trace', { write: (line: string) => void text.push(line) })
  return { log, text: () => text.join(''), lines: () => text.map((line) => JSON.parse(line) as Line) }
}

/** Mutation check: without the serializer in log.ts, `err.command.args` is the password. */
test('a Redis that rejects the password: the fault is logged, the password is not', async () => {
  const redis = await RedisForATest.start()
  onTestFinished(() => redis.stop())
  const password = 'an-old-password'
  const { log, text, lines } = logIntoLines()
  const app = await appForThisTest({ config: { REDIS_URL: Object.assign(new URL(redis.url), { password }).href }, log })
  const client = await makeMember(app)
  await readFeed(client)
  const ofRedis = () => lines().filter(({ msg }) => msg === 'the connection to Redis failed')
  await expect.poll(() => ofRedis().some(({ err }) => String(err?.message).startsWith('WRONGPASS')), { timeout: 10_000 }).toBe(true)
  expect(text()).not.toContain(password)
  for (const { err } of lines()) {
    for (let one = err; one; one = one.cause as typeof err)
      expect(['name', 'message', 'stack', 'code', 'cause']).toEqual(expect.arrayContaining(Object.keys(one)))
  }
})

test('of an error and its causes, name, message, stack and code are logged and nothing else', () => {
  const { log, lines } = logIntoLines()
  const cause = Object.assign(new Error('inner'), { code: 'ECONNRESET', command: { args: ['secret'] } })
  const error = Object.assign(new TypeError('outer', { cause }), { detail: 'Key (subject)=(secret) exists', errors: [cause] })
  log.error({ err: error }, 'in a field')
  log.error(error)
  log.error({ err: 'a text' }, 'not an error')
  const told = { name: 'TypeError', message: 'outer', stack: error.stack }
  const whole = { ...told, cause: { name: 'Error', message: 'inner', stack: cause.stack, code: 'ECONNRESET' } }
  expect(lines().map(({ err }) => err)).toEqual([whole, whole, { message: 'a text' }])
})

/** Mutation check: without the hook in log.ts, a line with its stack for each request: 200 of them. */
test('an outage of PostgreSQL is said once a second, with a count', async () => {
  const { log, lines } = logIntoLines()
  const { url } = await appForThisTest({ config: { DATABASE_URL: 'postgresql://x:x@127.0.0.1:1/x' }, log })
  const client = new Client(url)
  const started = performance.now()
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 10 }, () => client.rejection('mutation { createSignInNonce { nonce } }')))
    await sleep(50)
  }
  const said = () => lines().filter(({ msg }) => msg === 'a store was out of reach or too busy')
  const counted = () => said().reduce((sum, { count = 1 }) => sum + count, 0)
  await expect.poll(counted, { timeout: 10_000 }).toBe(200)
  expect(said().length).toBeLessThanOrEqual(3 + (performance.now() - started) / 1_000)
})

/** A client was told the id of each. */
test('a fault of ours is logged each time', () => {
  const { log, lines } = logIntoLines()
  for (const requestId of ['one', 'two']) log.error({ err: new Error('ours'), requestId }, 'an operation failed unexpectedly')
  expect(lines()).toMatchObject([{ requestId: 'one' }, { requestId: 'two' }])
})
