import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

type Options = {
  /** Web pages of these origins may call the API. */
  origins: string[]
  /** Also those of this machine, at any port: a developer's page is served by something else than the API. */
  localhost: boolean
}

const localOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/

/** What Apollo Client, urql, Relay and graphql-sse send by themselves, and what traces a request. */
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

/**
 * Lets in the web pages that are configured, and no others. Credentials are never allowed: there are no cookies, and a page
 * that has a token sends it itself.
 */
export async function allowOrigins(server: FastifyInstance, { origins, localhost }: Options): Promise<void> {
  const origin = localhost ? [...origins, localOrigin] : origins
  if (origin.length === 0) return
  await server.register(cors, {
    origin,
    methods: ['GET', 'POST'],
    allowedHeaders,
    exposedHeaders: ['etag', 'retry-after'],
    maxAge: 600,
  })
}
