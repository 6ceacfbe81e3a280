import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

const lookEveryMs = 100
/** A connection on which nothing has come for so long is one that a client has opened in advance. */
const unusedAfterMs = 1_000

/**
 * Lets a server that closes come to its end: Node waits for connections that a client has opened in advance and never used, as
 * browsers do, until their time is over.
 */
export function endUnusedConnections(server: FastifyInstance): void {
  const unused = new Map<Socket, number>()
  server.server.on('connection', (socket) => {
    unused.set(socket, performance.now())
    socket.once('close', () => unused.delete(socket))
  })
  server.server.on('request', ({ socket }) => unused.delete(socket))
  let timer: NodeJS.Timeout | undefined
  server.addHook('preClose', (done) => {
    timer = setInterval(() => {
      for (const [socket, since] of unused) {
        if (socket.bytesRead === 0 && performance.now() - since > unusedAfterMs) socket.destroy()
      }
    }, lookEveryMs)
    done()
  })
  server.server.on('close', () => clearInterval(timer))
}
