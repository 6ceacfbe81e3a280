import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { appForThisTest, type TestApp } from '../support/app.js'
import { Client, makeMember } from '../support/client.js'
import { readFeed } from '../support/feed.js'
import { startProcess } from '../support/processes.js'
import { RedisForATest } from '../support/redis.js'
import { systemCommand } from '../support/system-command.js'

/** TLS before a Redis, with a certificate that is its own authority. */
async function withTls(redisUrl: string): Promise<{ port: number; certificate: string }> {
  const openssl = await systemCommand('openssl', 'openssl')
  const directory = mkdtempSync(join(tmpdir(), 'doorstep-tls-'))
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync(openssl, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...names], {
    stdio: 'ignore',
  })
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (socket) => {
    const redis = connect(Number(new URL(redisUrl).port), '127.0.0.1')
    socket.on('error', () => redis.destroy()).pipe(redis)
    redis.on('error', () => socket.destroy()).pipe(socket)
  }).listen(0, 'localhost')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as { port: number }).port, certificate }
}

/** What docs/operating.md says that the user of a Redis has to be allowed. */
const rules = /`ACL SETUSER doorstep (.*?)`/.exec(readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8'))?.[1] ?? ''

// Mutation check: red without `+@scripting` in the rule of docs/operating.md.
test('cache, queue, mutex and hints work by TLS, as a user who may do what docs/operating.md says and no more', async () => {
  const redis = await RedisForATest.start()
  onTestFinished(() => redis.stop())
  const admin = new Redis(redis.url)
  onTestFinished(() => admin.disconnect())
  expect(rules).toContain('>PASSWORD')
  await admin.call('ACL', 'SETUSER', 'doorstep', ...rules.replace('>PASSWORD', '>a-password').split(' '))
  const { port, certificate } = await withTls(redis.url)
  const app = await appForThisTest()
  const config = {
    ...app.config,
    ROLE: 'all',
    MIGRATE_AT_START: false,
    REDIS_URL: `rediss://doorstep:a-password@localhost:${port}`,
    RATE_LIMITS: true,
  }
  const process = await startProcess(config as never, { environment: { NODE_EXTRA_CA_CERTS: certificate } })
  const member = await makeMember(app)
  const client = new Client(process.url, member.token, member.memberId)

  expect(await (await fetch(`${process.url}/readyz`)).json()).toMatchObject({ status: 'ok', redis: 'ok' })
  for (let poll = 0; poll < 2; poll++) await readFeed(client)
  expect(await (await fetch(`${process.url}/metrics`)).text()).toContain('doorstep_feed_hits_total 1')
  await expect.poll(() => runs(app), { timeout: 90_000, interval: 500 }).toContain('done')
  expect((await admin.keys('{bull}:*')).length).toBeGreaterThan(0)
  const denied = (await admin.call('ACL', 'LOG')) as unknown[]
  // It asks for the policy of eviction, and goes on without an answer.
  expect(denied.filter((entry) => !JSON.stringify(entry).includes('config'))).toEqual([])
  await process.stop()
})

const runs = async ({ database }: TestApp) => (await database.jobRun.findMany()).map(({ outcome }) => outcome)
