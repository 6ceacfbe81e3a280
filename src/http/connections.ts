import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

const lookEveryMs = 100
/** After so long without a byte, a connection is one that a client opened in advance. */
const unusedAfterMs = 1_000

type Connection = {
  openedAt: number
  /** Those that have no whole response yet. */
  requests: Set<IncomingMessage>
}

/**
 * Lets a server close. Node waits for unused connections, which browsers open in advance, until
 * their time-out; and for a request that never arrives in whole for ever, since a closing server
 * checks no time-outs of requests.
 */
export function endLingeringConnections(server: FastifyInstance, { partialRequestsMs }: { partialRequestsMs: number }): void {
  const connections = new Map<Socket, Connection>()
  server.server.on('connection', (socket) => {
    connections.set(socket, { openedAt: performance.now(), requests: new Set() })
    socket.once('close', () => connections.delete(socket))
  })
  server.server.on('request', (request, response) => {
    const requests = connections.get(request.socket)?.requests
    requests?.add(request)
    response.once('close', () => requests?.delete(request))
  })
  let timer: NodeJS.Timeout | undefined
  server.addHook('preClose', (done) => {
    const closedAt = performance.now()
    timer = setInterval(() => {
      const now = performance.now()
      const isTimeOver = now - closedAt > partialRequestsMs
      for (const [socket, { openedAt, requests }] of connections) {
        const isUnused = socket.bytesRead === 0 && now - openedAt > unusedAfterMs
        const isLate = isTimeOver && ![...requests].some(({ complete }) => complete)
        if (isUnused || isLate) socket.destroy()
      }
    }, lookEveryMs)
    done()
  })
  server.server.on('close', () => clearInterval(timer))
}
