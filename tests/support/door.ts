import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * Stands before a server of a test: what connects through it can be cut off, or slowed, and does not notice on which port the
 * server comes back from a restart.
 */
export class Door {
  #server: Server
  #sockets = new Set<Socket>()
  #shut = false
  #delayMs = 0

  private constructor(serverPort: () => number) {
    this.#server = createServer((socket) => this.#connect(socket, serverPort()))
  }

  static async before(serverPort: () => number): Promise<Door> {
    const door = new Door(serverPort)
    await new Promise<void>((resolve) => door.#server.listen(0, '127.0.0.1', resolve))
    return door
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Cuts every connection, and takes no new one until it is opened. */
  shut() {
    this.#shut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  open() {
    this.#shut = false
  }

  /** Carries nothing any more on the connections that there are, and ends none of them: as a host that vanishes. New ones are served. */
  forget() {
    for (const socket of this.#sockets) socket.removeAllListeners('data').pause()
  }

  /** Holds every answer back for so long. */
  delay(ms: number) {
    this.#delayMs = ms
  }

  close() {
    this.shut()
    this.#server.close()
  }

  #connect(socket: Socket, port: number) {
    if (this.#shut) return void socket.destroy()
    const upstream = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
    socket.pipe(upstream)
    upstream.on('data', (chunk) => {
      if (this.#delayMs === 0) socket.write(chunk)
      else setTimeout(() => socket.destroyed || socket.write(chunk), this.#delayMs)
    })
  }
}
