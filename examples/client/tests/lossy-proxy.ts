import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { onTestFinished } from 'vitest'

export type LossyProxy = Awaited<ReturnType<typeof lossyProxy>>

/**
 * The network between one device and the server, which loses things: a response when the server has answered, that is after the commit, or
 * everything, while `isDown`.
 */
export async function lossyProxy(target: string) {
  const state = {
    isDown: false,
    /** Whether this response is lost. */
    loses: (_body: string): boolean => false,
    /** Whether this response never comes, on a connection that stays. */
    hangs: (_body: string): boolean => false,
    /** The status that is given in place of the server's response; the request goes no further. */
    answers: (_body: string): number | undefined => undefined,
    /** The bodies of the requests that have come as far as the server. */
    forwarded: [] as string[],
    lost: 0,
  }
  const server = createServer((request, response) => void pass(request, response).catch(() => request.socket.destroy()))
  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    if (state.isDown) return void request.socket.destroy()
    const status = state.answers(body)
    if (status !== undefined) return void response.writeHead(status, { 'retry-after': '0' }).end('Busy')
    state.forwarded.push(body)
    const { accept = '', authorization } = request.headers
    const answer = await fetch(target + request.url, {
      method: request.method ?? 'POST',
      headers: { accept, 'content-type': 'application/json', ...(authorization && { authorization }) },
      body,
    })
    const type = answer.headers.get('content-type') ?? ''
    if (type.startsWith('multipart/')) {
      response.writeHead(answer.status, { 'content-type': type })
      return pipeline(answer.body as unknown as Readable, response)
    }
    const text = await answer.text()
    if (state.isDown || state.loses(body)) {
      state.lost++
      return void request.socket.destroy()
    }
    if (state.hangs(body)) return
    response.writeHead(answer.status, { 'content-type': type }).end(text)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(state, {
    cut: () => server.closeAllConnections(),
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
  })
}
