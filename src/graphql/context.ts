import { createParameterDecorator } from 'type-graphql'
import { unauthenticated } from '../errors.js'
import type { Log } from '../log.js'
import type { CachedOperation } from './document-cache.js'

/** Opens streams of subscriptions. In the context: type-graphql's `subscribe` has no instance. */
export type Streams = { open(memberId: string, since: unknown): Promise<AsyncIterable<unknown>> }

export type Context = {
  /** The member whose access token came with the request; null without a valid one. */
  memberId: string | null
  sessionId: string | null
  /** The address of the client, as far as the configured proxies can be believed. */
  ip: string
  requestId: string
  log: Log
  streams: Streams
  /** The operation of the request, where its document is valid and its variables fit. */
  operation?: CachedOperation
  /** When the operation has to be answered, by performance.now(); set as it begins. */
  deadline?: number
  /** For the log: name, and first error's code or OK. Filled in place: Apollo copies contexts. */
  outcome: { operation?: string | null; code?: string }
  /** Of a GET that may be answered with 304: the caller's etags, and the response's once known. */
  conditional?: { ifNoneMatch: string[]; etag: string | null }
}

export function MemberId() {
  return createParameterDecorator<Context>(({ context }) => {
    if (context.memberId === null) throw unauthenticated()
    return context.memberId
  })
}
