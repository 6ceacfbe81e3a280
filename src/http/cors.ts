import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

type Options = {
  /** Web pages of these origins may call the API. */
  origins: string[]
  /** Also those of this machine, at any port: a developer's page has a server of its own. */
  localhost: boolean
}

const localOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/

/** What Apollo Client, urql, Relay and graphql-sse send by themselves, and the trace header. */
const allowedHeaders = [
  'accept',
  'apollo-require-preflight',
  'apollographql-client-name',
  'apollographql-client-version',
  'authorization',
  'content-type',
  'if-none-match',
  'traceparent',
  'x-apollo-operation-name',
  'x-request-id',
]

/** Lets in the configured pages only. No credentials: no cookies, and a page sends its token. */
export async function allowOrigins(server: FastifyInstance, { origins, localhost }: Options): Promise<void> {
  const origin = localhost ? [...origins, localOrigin] : origins
  if (origin.length === 0) return
  await server.register(cors, {
    origin,
    methods: ['GET', 'POST'],
    allowedHeaders,
    exposedHeaders: ['etag', 'retry-after'],
    maxAge: 600,
    // To OPTIONS that are no preflight it would answer in plain text.
    strictPreflight: false,
  })
}
