import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type Embedded, startEmbedded } from '../../src/embedded/embedded.js'
import { createLog } from '../../src/log.js'
import { Door } from './door.js'

/** A Redis for one test, behind a door: what connects through `url` can be cut off, left hanging or slowed. */
export class RedisForATest {
  #redis: Embedded
  #door: Door | undefined

  private constructor(
    redis: Embedded,
    readonly dataDir: string,
  ) {
    this.#redis = redis
  }

  static async start() {
    const dataDir = await mkdtemp(join(tmpdir(), 'doorstep-redis-'))
    const one = new RedisForATest(await RedisForATest.#run(dataDir), dataDir)
    one.#door = await Door.before(() => Number(new URL(one.#redis.redisUrl as string).port))
    return one
  }

  static #run(dataDir: string) {
    // Durable, so that it comes back from a restart with what it had: old feeds, too.
    return startEmbedded({ dataDir, postgres: false, redis: true, durable: true, log: createLog('silent') })
  }

  get url() {
    const url = new URL(this.#redis.redisUrl as string)
    url.port = String(this.#door?.port)
    return url.href.replace(/\/$/, '')
  }

  /** Cuts every connection, and takes no new one until it is opened. */
  shut() {
    this.#door?.shut()
  }

  open() {
    this.#door?.open()
  }

  /** Carries nothing any more on the connections that there are; new ones are served. */
  forget() {
    this.#door?.forget()
  }

  /** Holds every answer back for so long. */
  delay(ms: number) {
    this.#door?.delay(ms)
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
    this.#door?.close()
    await this.#redis.stop()
    await rm(this.dataDir, { recursive: true, force: true })
  }
}
