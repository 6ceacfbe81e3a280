import { createParameterDecorator } from 'type-graphql'
import { unauthenticated } from '../errors.js'
import type { Log } from '../log.js'
import type { CachedOperation } from './document-cache.js'

/** Opens the streams of subscriptions. It comes with the context, since type-graphql hands no instance to `subscribe`. */
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
  /** The operation that the request means, where its document is valid and the variables fit. */
  operation?: CachedOperation
  /** When the operation has to be answered, by the process's own steady clock; set as it begins. */
  deadline?: number
  /** What came of it, for the log: its name, and the code of its first error or OK. Filled in place: Apollo Server hands on a copy of the context. */
  outcome: { operation?: string | null; code?: string }
  /** Of a GET that can be answered with 304: the etags its caller has, and the etag of the response once it is known. */
  conditional?: { ifNoneMatch: string[]; etag: string | null }
}

export function MemberId() {
  return createParameterDecorator<Context>(({ context }) => {
    if (context.memberId === null) throw unauthenticated()
    return context.memberId
  })
}
