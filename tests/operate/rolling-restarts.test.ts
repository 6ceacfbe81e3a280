import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { addScenario, Client, checkMission, lines, makeMember, moveScenario } from '../support/client.js'
import { feedQuery } from '../support/feed.js'
import { freePort } from '../support/free-port.js'
import { startHaproxy } from '../support/haproxy.js'
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

  const counts = { operations: 0, failed: [] as string[], slowestMs: 0 }
  let done = false
  const load = Promise.all(Array.from({ length: 8 }, () => live(app, url, () => done, counts)))
  for (let restart = 0; restart < restarts; restart++) {
    for (const [index, port] of ports.entries()) {
      await (processes[index] as ApiProcess).stop()
      processes[index] = await start(port)
      await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status, { timeout: 20_000 }).toBe(200)
    }
  }
  done = true
  await load
  console.log(`${3 * restarts} restarts: ${counts.operations} operations, the slowest took ${Math.round(counts.slowestMs)} ms`)
  expect(counts.failed).toEqual([])
  expect(counts.operations).toBeGreaterThan(100 * restarts)
  expect(processes.flatMap(({ faults }) => faults)).toEqual([])
})

async function live(
  { url: direct }: { url: string },
  url: string,
  done: () => boolean,
  counts: { operations: number; failed: string[]; slowestMs: number },
) {
  const { token, memberId } = await makeMember({ url: direct })
  const client = new Client(url, token, memberId)
  const [first, second] = [await addScenario(client, { basicMissions: lines('Keys') }), await addScenario(client)]
  const missionId = first.basicMissions[0]?.id
  for (let turn = 0; !done(); turn++) {
    const operations: [string, object][] = [
      [moveScenario, { input: turn % 2 ? { id: first.id, prevId: second.id } : { id: first.id, nextId: second.id } }],
      [checkMission, { input: { missionId, isChecked: turn % 2 === 0 } }],
      [feedQuery, {}],
      ['{ scenarios { id checklist { items { id isChecked } } } }', {}],
    ]
    const since = performance.now()
    try {
      const { errors } = await client.request(...(operations[turn % operations.length] as [string, object]))
      if (errors) counts.failed.push(JSON.stringify(errors[0]))
    } catch (error) {
      counts.failed.push(`${error} ${(error as Error).cause ?? ''}`)
    }
    counts.operations++
    counts.slowestMs = Math.max(counts.slowestMs, performance.now() - since)
  }
}
