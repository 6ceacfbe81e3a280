// What a hand-written server would be: node:http, one prepared statement for a response, no GraphQL. It takes the very
// requests that Doorstep takes and gives the very responses, knows its members by their access tokens, and does nothing else.
import { createServer } from 'node:http'
import pg from 'pg'
import { AccessTokens } from '../../dist/auth/access-token.js'
import { statements } from './limit.sql.mjs'

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.DATABASE_POOL_SIZE),
  options: '-c TimeZone=UTC',
})
const tokens = await AccessTokens.fromKey(process.env.ACCESS_TOKEN_PRIVATE_KEY, { clock: { now: () => new Date() }, ttlSeconds: 86_400 })

const server = createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', async () => {
    try {
      const memberId = (await tokens.verify(request.headers.authorization.slice('Bearer '.length)))?.memberId
      const { operationName, variables } = JSON.parse(parts.length === 1 ? parts[0] : Buffer.concat(parts))
      const { name, text, values, respond } = statements[operationName]
      const parameters = values(memberId, variables)
      const { rows } = await pool.query({ name, text, values: parameters, rowMode: 'array' })
      const body = Buffer.from(`{"data":${respond(rows, parameters)}}`)
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length })
      response.end(body)
    } catch (error) {
      console.error(error)
      response.writeHead(500).end()
    }
  })
})
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })))
