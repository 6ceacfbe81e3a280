import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

/** The same distance from src/http and from dist/http, so that tests and the compiled server find the same files. */
const own = fileURLToPath(new URL('../../playground/', import.meta.url))
const { resolve } = createRequire(import.meta.url)
const folderOf = (pkg: string) => dirname(resolve(`${pkg}/package.json`))

const script = 'text/javascript; charset=utf-8'
const style = 'text/css; charset=utf-8'

/** Every file the browser may have. Each becomes a route of its own, so no path reaches into a package. */
const assets = [
  { name: 'react.js', file: join(folderOf('react'), 'umd/react.production.min.js'), type: script },
  { name: 'react-dom.js', file: join(folderOf('react-dom'), 'umd/react-dom.production.min.js'), type: script },
  { name: 'graphiql.js', file: join(folderOf('graphiql'), 'graphiql.min.js'), type: script },
  { name: 'graphiql.css', file: join(folderOf('graphiql'), 'graphiql.min.css'), type: style },
  { name: 'playground.js', file: join(own, 'playground.js'), type: script },
  { name: 'playground.css', file: join(own, 'playground.css'), type: style },
]

/** Of all that GraphiQL does, only the scroll lock behind its dialogs is an inline style. This is the digest of its text. */
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
  const paths = new Map<string, string>()

  for (const { name, file, type } of assets) {
    const body = await readFile(file)
    // The digest is part of the path: a browser may keep the file for ever and still sees every upgrade.
    const digest = createHash('sha256').update(body).digest('hex').slice(0, 12)
    const path = `/playground/${digest}/${name}`
    const headers = { ...security, 'content-type': type, 'cache-control': 'public, max-age=31536000, immutable' }
    app.get(path, (_request, reply) => reply.headers(headers).send(body))
    paths.set(name, path)
  }

  const template = await readFile(join(own, 'index.html'), 'utf8')
  const page = template.replaceAll(/\/playground\/([\w.-]+)/g, (_, name: string) => {
    const path = paths.get(name)
    if (path === undefined) throw new Error(`playground/index.html asks for ${name}, which is not served`)
    return path
  })
  const headers = { ...security, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }
  app.get('/', (_request, reply) => reply.headers(headers).send(page))
}
