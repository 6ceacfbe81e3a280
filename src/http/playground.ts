import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

/** Equally far from src/http and from dist/http, so that tests and dist find the same files. */
const own = fileURLToPath(new URL('../../playground/', import.meta.url))
const { resolve } = createRequire(import.meta.url)
const folderOf = (pkg: string) => dirname(resolve(`${pkg}/package.json`))

const types: Record<string, string> = { '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' }

const libraries = {
  'react.js': join(folderOf('react'), 'umd/react.production.min.js'),
  'react-dom.js': join(folderOf('react-dom'), 'umd/react-dom.production.min.js'),
  'graphiql.js': join(folderOf('graphiql'), 'graphiql.min.js'),
  'graphiql.css': join(folderOf('graphiql'), 'graphiql.min.css'),
}

type Asset = { name: string; type: string; body: Buffer }

/** Every file the browser may have: the libraries, and our folder's scripts and styles. */
async function readAssets(): Promise<Asset[]> {
  const names = (await readdir(own)).filter((name) => extname(name) in types).sort()
  const files = { ...libraries, ...Object.fromEntries(names.map((name) => [name, join(own, name)])) }
  return Promise.all(
    Object.entries(files).map(async ([name, file]) => ({ name, type: types[extname(name)] as string, body: await readFile(file) })),
  )
}

/** The digest of GraphiQL's one inline style, the scroll lock behind its dialogs. */
const scrollLock = "'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='"

const security = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${scrollLock}`,
    'font-src data:', // inside graphiql.css
    'img-src data:', // inside graphiql.css, and the icon
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/** GraphiQL at /, from this server alone. Register it where sign-in for development is on. */
export async function playground(app: FastifyInstance): Promise<void> {
  const assets = await readAssets()
  // The digest is in the path: a browser may keep a file for ever and still sees an upgrade. It is
  // one digest of all, so that our modules find each other beside them.
  const digest = createHash('sha256')
  for (const { name, body } of assets) digest.update(`${name} ${body.length} `).update(body)
  const folder = `/playground/${digest.digest('hex').slice(0, 12)}`

  for (const { name, type, body } of assets) {
    const headers = { ...security, 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' }
    // A route of its own for each, so that no path reaches into a package.
    app.get(`${folder}/${name}`, (_request, reply) => reply.headers(headers).send(body))
  }

  const page = (await readFile(join(own, 'index.html'), 'utf8')).replaceAll('"/playground/', `"${folder}/`)
  const headers = { ...security, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }
  app.get('/', (_request, reply) => reply.headers(headers).send(page))
}
