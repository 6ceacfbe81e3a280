// What the benchmark of jobs plays on: a PostgreSQL and a Redis of its own, the app that serves, and a closing whose transactions are timed.
import pg from 'pg'
import { insertPresentRevisions } from '../seed.mjs'
import { startStores } from '../stores.mjs'
import { Wal } from '../wal.mjs'

const { createApp } = await import('../../dist/app.js')
const { AccessTokens, generateAccessTokenKey } = await import('../../dist/auth/access-token.js')
const { systemClock } = await import('../../dist/clock.js')
const { settings } = await import('../../dist/config.js')
const { createDatabase } = await import('../../dist/database/database.js')
const { createTransact } = await import('../../dist/database/transaction.js')
const { DayClosing } = await import('../../dist/day/closing.js')
const { createLog } = await import('../../dist/log.js')

const log = createLog('silent')
const timeouts = { statementTimeoutMs: 10_000, lockTimeoutMs: 5_000, maxWaitMs: 5_000 }
const closingPoolSize = 3
const tables = ['member', 'scenario', 'mission', 'template_revision', 'notification', 'day_close']

export class JobStage {
  /** How long each transaction of the closing took: a member's row is locked for less. */
  transactionsMs = []

  static async set(dir) {
    const stage = new JobStage()
    stage.embedded = await startStores(dir, log)
    stage.databaseUrl = stage.embedded.databaseUrl
    stage.client = new pg.Client(stage.databaseUrl)
    await stage.client.connect()
    stage.wal = await Wal.of(stage.databaseUrl)
    const key = await generateAccessTokenKey()
    stage.tokens = await AccessTokens.fromKey(key, { clock: systemClock, ttlSeconds: 86_400 })
    const config = {
      ...settings.parse({ ROLE: 'api', PORT: '0', RATE_LIMITS: 'false', DRAIN_SECONDS: '0' }),
      ACCESS_TOKEN_PRIVATE_KEY: key,
    }
    stage.app = await createApp({ ...config, DATABASE_URL: stage.databaseUrl, REDIS_URL: stage.embedded.redisUrl }, { log })
    stage.url = await stage.app.listen()
    stage.closing = stage.#timedClosing()
    return stage
  }

  /** Rows as they are, by PostgreSQL's own statement. */
  async query(text, values = []) {
    return (await this.client.query(text, values)).rows
  }

  /** Members whose yesterday is due, each with scenarios of so many lines, which stand side by side: they are written in one sitting. */
  async seed({ members, scenarios, lines }) {
    const ids = await this.query(
      `INSERT INTO member (id, nickname, time_zone, closed_through, next_close_at, last_seen_on)
       SELECT uuidv7(), 'Member ' || n, 'Asia/Seoul', today - 2, day_start(today, 'Asia/Seoul', '00:00'), today
       FROM (SELECT (now() AT TIME ZONE 'Asia/Seoul')::date AS today) date, generate_series(1, $1) n RETURNING id`,
      [members],
    )
    await this.query(
      `INSERT INTO scenario (id, member_id, name, position, starts_on, template_since)
       SELECT uuidv7(), id, 'Leaving home', n, closed_through, closed_through FROM member, generate_series(1, $1) n
       WHERE NOT EXISTS (SELECT FROM scenario WHERE member_id = member.id)`,
      [scenarios],
    )
    await this.query(
      `INSERT INTO mission (member_id, id, scenario_id, mission_type, content, position, version, added_on, created_at)
       SELECT member_id, uuidv7(), scenario.id, 'BASIC', 'Line ' || n, n, 1, starts_on, now() FROM scenario, generate_series(1, $1) n
       WHERE NOT EXISTS (SELECT FROM mission WHERE mission.member_id = scenario.member_id AND scenario_id = scenario.id)
       ORDER BY member_id, n`,
      [lines],
    )
    await this.query(insertPresentRevisions)
    await this.query('VACUUM ANALYZE')
    await this.query('CHECKPOINT')
    return ids.map(({ id }) => id)
  }

  async empty() {
    await this.query('TRUNCATE member CASCADE')
    this.transactionsMs = []
  }

  /** What `work` has written: rows inserted and updated by table, and bytes of WAL. */
  async written(work) {
    const rows = async () => {
      await this.#flushStatistics()
      const found = await this.query(
        'SELECT relname, n_tup_ins::int + n_tup_upd::int AS rows FROM pg_stat_user_tables WHERE relname = ANY ($1)',
        [tables],
      )
      return new Map(found.map(({ relname, rows }) => [relname, rows]))
    }
    const [before, start] = [await rows(), await this.wal.position()]
    const result = await work()
    const walBytes = await this.wal.bytesSince(start)
    const after = await rows()
    const changed = tables.map((table) => [table, after.get(table) - before.get(table)]).filter(([, count]) => count > 0)
    return { result, walBytes, rows: changed.map(([table, count]) => `${count.toLocaleString('en')} ${table}`).join(', ') }
  }

  /** A connection that has told the statistics something less than a second ago waits up to ten seconds before it does again. */
  async #flushStatistics() {
    await this.query('SELECT pg_stat_force_next_flush()')
    const { prisma } = this.closingDatabase
    // Each keeps a connection of the pool while the others look for one.
    await Promise.all(
      Array.from({ length: closingPoolSize }, () => prisma.$queryRaw`SELECT pg_stat_force_next_flush()::text, pg_sleep(0.1)::text`),
    )
  }

  async strike() {
    await this.app.stop()
    await this.closingDatabase.disconnect()
    await this.wal.end()
    await this.client.end()
    await this.embedded.stop()
  }

  #timedClosing() {
    const database = createDatabase({ url: this.databaseUrl, poolSize: closingPoolSize, preparedStatements: true, log, ...timeouts })
    this.closingDatabase = database
    const transact = createTransact(database, { maxWaitMs: 5_000, timeoutMs: 10_000, log })
    const timed = async (...args) => {
      const started = performance.now()
      try {
        return await transact(...args)
      } finally {
        this.transactionsMs.push(performance.now() - started)
      }
    }
    return new DayClosing({
      sqlClient: database.sqlClient,
      transact: timed,
      calendar: { clock: systemClock, graceMs: 120_000 },
      log,
      onFailure() {},
    })
  }
}
