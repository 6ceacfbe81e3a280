import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

type Format = {
  contentType: string
  open: string
  next(result: string): string
  /** Says that the connection lives: proxies end one that is silent. */
  heartbeat: string
  complete: string
}

/** Distinct connections mode of github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. */
const serverSentEvents: Format = {
  contentType: 'text/event-stream; charset=utf-8',
  open: ':\n\n',
  next: (result) => `event: next\ndata: ${result}\n\n`,
  heartbeat: ':\n\n',
  complete: 'event: complete\ndata:\n\n',
}

const boundary = '\r\n--graphql'
/** Ends with the boundary: a client takes a part when it sees its end. */
const part = (body: string) => `\r\ncontent-type: application/json\r\n\r\n${body}${boundary}`

/** apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol. */
const multipart: Format = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  open: boundary,
  next: (result) => part(`{"payload":${result}}`),
  heartbeat: part('{}'),
  complete: '--\r\n',
}

/** How long a stream says nothing at most. */
export const heartbeatMs = 15_000
/** What setTimeout takes at most. */
const maxTimeoutMs = 2 ** 31 - 1

/** The format that a client asks for by its Accept header; null for neither. */
export function streamFormat(accept: string): Format | null {
  if (/\btext\/event-stream\b/i.test(accept)) return serverSentEvents
  return /\bmultipart\/mixed\b/i.test(accept) && /subscriptionspec="?1\.0"?/i.test(accept) ? multipart : null
}

type Options<Result> = {
  /** A result for the client. Not by a generator: its `return` would wait for the next result. */
  toResult(result: Result): unknown
  /** The last result, where the source of them has failed. */
  toFailure(error: unknown): unknown
  /** When the stream ends, in milliseconds since 1970, with `lastResult`. */
  expiresAtMs: number
  lastResult: unknown
  /** Whether it must end before that: checked before each result and with each heartbeat. */
  isRevoked(): boolean
}

/**
 * Writes each result, and takes the next one when the client has room. Ends with the results, at
 * its time, when it is revoked or when the client is gone: the results are told so.
 *
 * The request's connection tells that the client is gone: Node gives a pipelined response none
 * until those before it have ended, so that it may never be closed.
 */
export async function writeStream<Result>(
  response: ServerResponse,
  format: Format,
  results: AsyncIterableIterator<Result>,
  { toResult, toFailure, expiresAtMs, lastResult, isRevoked }: Options<Result>,
): Promise<void> {
  const connection = response.req.socket
  const ended = new AbortController()
  let expired = false
  const end = () => {
    ended.abort()
    void results.return?.()
  }
  const expire = () => {
    expired = true
    end()
  }
  const write = async (result: unknown) => {
    if (isRevoked()) expire()
    if (ended.signal.aborted) return
    const hasRoom = response.write(format.next(JSON.stringify(result)))
    if (!hasRoom) await once(response, 'drain', { signal: ended.signal }).catch(() => {})
  }
  // One for each stream that is pipelined on it: more than Node's ten are no leak.
  connection.setMaxListeners(0).once('close', end)
  if (connection.destroyed) end()
  const expiry = setTimeout(expire, Math.min(expiresAtMs - Date.now(), maxTimeoutMs))
  const heartbeat = setInterval(() => {
    if (isRevoked()) expire()
    else if (!response.writableNeedDrain) response.write(format.heartbeat)
  }, heartbeatMs)
  try {
    response.write(format.open)
    for await (const result of results) {
      await write(toResult(result))
      if (ended.signal.aborted) break
    }
  } catch (error) {
    await write(toFailure(error))
  } finally {
    clearTimeout(expiry)
    clearInterval(heartbeat)
    connection.off('close', end)
    if (!connection.destroyed) response.end((expired ? format.next(JSON.stringify(lastResult)) : '') + format.complete)
  }
}
