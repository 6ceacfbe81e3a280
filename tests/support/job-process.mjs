// One run of a job, in a process of its own that a test can stop and kill. Says on stdout what it did.
// Of the app it has only what jobs need, since most of the time to start would go into the rest.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../dist/clock.js'
import { createDatabase } from '../../dist/database/database.js'
import { createTransact } from '../../dist/database/transaction.js'
import { DayClosing } from '../../dist/day/closing.js'
import { Prisma } from '../../dist/generated/prisma/client.js'
import { jobs } from '../../dist/jobs/jobs.js'
import { Purge } from '../../dist/jobs/purge.js'
import { JobRunner } from '../../dist/jobs/runner.js'
import { createLog } from '../../dist/log.js'
import { Mutex } from '../../dist/redis/mutex.js'
import { createRedis } from '../../dist/redis/redis.js'

const { databaseUrl, redisUrl, name, ttlMs, instant } = JSON.parse(process.argv[2])
const log = createLog('silent')
const clock = instant ? { now: () => new Date(instant), sqlNow: Prisma.sql`${instant}::timestamptz` } : systemClock
const timeouts = { statementTimeoutMs: 30_000, lockTimeoutMs: 30_000, maxWaitMs: 30_000 }
const database = createDatabase({ url: databaseUrl, poolSize: 2, preparedStatements: true, log, ...timeouts })
const transact = createTransact(database, { maxWaitMs: 30_000, timeoutMs: 30_000, log })
const calendar = { clock, graceMs: 120_000 }
const redis = createRedis(redisUrl, log)
await once(redis, 'ready')
const runner = new JobRunner({
  database: database.prisma,
  clock,
  log,
  mutex: new Mutex(redis, { log, ttlMs }),
  closing: new DayClosing({ sqlClient: database.sqlClient, transact, calendar, log, onFailure() {} }),
  purge: new Purge({ transact, calendar }),
})

const job = jobs.find((candidate) => candidate.name === name)
const never = new AbortController().signal
let run = await runner.run(job, never)
while (run.outcome === 'skipped') {
  // As the next ring would: whoever holds the mutex may be dead.
  await sleep(50)
  run = await runner.run(job, never)
}
console.log(JSON.stringify(run.stats))
redis.disconnect()
await database.disconnect()
