import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { streamFormat, writeStream } from '../../src/http/event-stream.js'

const sse = streamFormat('text/event-stream') as NonNullable<ReturnType<typeof streamFormat>>

const soon = { timeout: 5_000 }

/** Results without end, each more than a response has room for. */
async function* results() {
  for (;;) yield 'x'.repeat(100_000)
}

/** To a response that is pipelined behind another one: nobody takes what is written. */
function writeTo(connection: Socket, expiresAtMs: number) {
  const response = new ServerResponse(new IncomingMessage(connection))
  const toResult = (result: unknown) => result
  const options = { toResult, toFailure: toResult, expiresAtMs, lastResult: null, isRevoked: () => false }
  return { response, written: writeStream(response, sse, results(), options) }
}

// Mutation check: red where the wait for 'drain' has no signal, and without `off`.
test('a stream whose client takes nothing ends when its time is over, and leaves no listener on the connection', soon, async () => {
  const connection = new Socket()
  const listeners = connection.listenerCount('close')
  const { response, written } = writeTo(connection, Date.now() + 50)
  await written
  expect(response.writableEnded).toBe(true)
  expect(connection.listenerCount('close')).toBe(listeners)
})

// Mutation check: red with 'close' of the response in place of the connection's.
test('so it does when its connection is closed', soon, async () => {
  const connection = new Socket()
  const { response, written } = writeTo(connection, Number.POSITIVE_INFINITY)
  setImmediate(() => connection.destroy())
  await written
  expect(response.writableEnded).toBe(false)
})

// Mutation check: red without the look at `destroyed` before the first result.
test('so it does when its connection has been closed before', soon, async () => {
  const connection = new Socket().destroy()
  await once(connection, 'close')
  const { response, written } = writeTo(connection, Number.POSITIVE_INFINITY)
  await written
  expect(response.writableEnded).toBe(false)
})
