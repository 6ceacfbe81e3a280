import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { freePort } from '../support/free-port.js'
import { startHaproxy } from '../support/haproxy.js'
import { liveThrough } from '../support/load.js'
import { type ApiProcess, startProcess } from '../support/processes.js'

const restarts = Number(process.env.ROLLING_RESTARTS ?? 20)

/**
 * Three API processes behind HAProxy, each restarted in its turn, twenty times, while members go on.
 *
 * Mutation check: red without `timeout check` and `retry-on` in ops/haproxy.cfg, 153 of 5,518 on a busy machine: one that is slow is taken for gone.
 */
test('no client sees an error while one process after the other is restarted', { timeout: 3_600_000 }, async () => {
  const app = await appForThisTest()
  const config = { ...app.config, OPERATION_TIMEOUT_MS: 15_000, DATABASE_STATEMENT_TIMEOUT_MS: 10_000, DRAIN_SECONDS: 1, WARM_UP: true }
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  const start = (port: number) => startProcess({ ...config, MIGRATE_AT_START: false } as never, { port })
  const processes = await Promise.all(ports.map(start))
  const url = await startHaproxy(ports)

  const load = liveThrough(url, { signedInAt: app.url })
  for (let restart = 0; restart < restarts; restart++) {
    for (const [index, port] of ports.entries()) {
      await (processes[index] as ApiProcess).stop()
      processes[index] = await start(port)
      await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status, { timeout: 20_000 }).toBe(200)
    }
  }
  const { operations, failed, slowestMs } = await load.end()
  console.log(`${3 * restarts} restarts: ${operations} operations, the slowest took ${Math.round(slowestMs)} ms`)
  expect(failed).toEqual([])
  expect(operations).toBeGreaterThan(100 * restarts)
  expect(processes.flatMap(({ faults }) => faults)).toEqual([])
})
