import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type Embedded, startEmbedded } from '../../src/embedded/embedded.js'
import { createLog } from '../../src/log.js'

/**
 * A Redis for one test, behind a door: what connects through `url` can be cut off, left hanging or slowed, and
 * does not notice on which port Redis comes back from a restart.
 */
export class RedisForATest {
  #redis: Embedded
  #server: Server
  #sockets = new Set<Socket>()
  #shut = false
  #delayMs = 0

  private constructor(
    redis: Embedded,
    readonly dataDir: string,
  ) {
    this.#redis = redis
    this.#server = createServer((socket) => this.#connect(socket))
  }

  static async start() {
    const dataDir = await mkdtemp(join(tmpdir(), 'doorstep-redis-'))
    const one = new RedisForATest(await RedisForATest.#run(dataDir), dataDir)
    await new Promise<void>((resolve) => one.#server.listen(0, '127.0.0.1', resolve))
    return one
  }

  static #run(dataDir: string) {
    // Durable, so that it comes back from a restart with what it had: old feeds, too.
    return startEmbedded({ dataDir, postgres: false, redis: true, durable: true, log: createLog('silent') })
  }

  get url() {
    const url = new URL(this.#redis.redisUrl as string)
    url.port = String((this.#server.address() as { port: number }).port)
    return url.href.replace(/\/$/, '')
  }

  /** Cuts every connection, and takes no new one until it is opened. */
  shut() {
    this.#shut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  open() {
    this.#shut = false
  }

  /** Holds every answer back for so long. */
  delay(ms: number) {
    this.#delayMs = ms
  }

  /** Stops it in the middle of whatever it does, as SIGSTOP does; `resume` lets it go on. */
  async freeze(): Promise<() => void> {
    const direct = new Redis(this.#redis.redisUrl as string)
    const pid = Number(/process_id:(\d+)/.exec(await direct.info('server'))?.[1])
    direct.disconnect()
    process.kill(pid, 'SIGSTOP')
    return () => process.kill(pid, 'SIGCONT')
  }

  async restart() {
    await this.#redis.stop()
    this.#redis = await RedisForATest.#run(this.dataDir)
  }

  async stop() {
    this.shut()
    this.#server.close()
    await this.#redis.stop()
    await rm(this.dataDir, { recursive: true, force: true })
  }

  #connect(socket: Socket) {
    if (this.#shut) return void socket.destroy()
    const upstream = connect(Number(new URL(this.#redis.redisUrl as string).port), '127.0.0.1')
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
