import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What `npm run build:web` makes; the same distance from src/http and from dist/http. */
const built = fileURLToPath(new URL('../../examples/web/dist/', import.meta.url))

export const isWebAppBuilt = (): boolean => existsSync(join(built, 'index.html'))

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/manifest+json',
}

const security = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-src 'self'", // the two devices of /app/demo
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'no-referrer',
}

const pages: Record<string, string> = { 'index.html': '/app', 'demo.html': '/app/demo' }

/** The web app at /app and its demo at /app/demo, from built files: no build tool is loaded. */
export async function webApp(app: FastifyInstance): Promise<void> {
  if (!isWebAppBuilt()) throw new Error('WEB_APP is true, and the web app is not built: run `npm run build:web` first.')
  const names = (await readdir(built, { recursive: true })).filter((name) => extname(name) in types).sort()
  for (const name of names) {
    const body = await readFile(join(built, name))
    // Compressed once, when it was built, as well as brotli can.
    const compressed = existsSync(join(built, `${name}.br`)) ? await readFile(join(built, `${name}.br`)) : null
    // Assets have a digest in their names: a browser keeps them and still sees each upgrade.
    const caching = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    const headers = { ...security, 'content-type': types[extname(name)] as string, 'cache-control': caching, vary: 'accept-encoding' }
    const send = (request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(headers)
      if (!compressed || !/\bbr\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(body)
      return reply.header('content-encoding', 'br').send(compressed)
    }
    // A route of its own for each, so that no path reaches beyond.
    app.get(pages[name] ?? `/app/${name}`, send)
    if (name === 'index.html') app.get('/app/', send)
  }
}
