import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { compile } from '../support/processes.js'

/** A benchmark that nobody runs for a month knows old tables. Nothing is measured here; `npm run test:bench` starts all of them. */

const full = process.env.BENCH === 'full'
const bench = (file: string) => fileURLToPath(new URL(`../../bench/${file}`, import.meta.url))
const run = async (file: string, args: string[], env = {}) =>
  (await promisify(execFile)(process.execPath, [bench(file), ...args], { env: { PATH: process.env.PATH, ...env } })).stdout

beforeAll(compile)

test("pgbench's scripts are the program's statements, and fit the tables", async () => {
  const { config } = await appForThisTest()
  const { tryScripts } = await import(bench('pgbench.mjs'))
  await tryScripts(config.DATABASE_URL)
})

test.runIf(full)('the contenders of the benchmark respond alike', async () => {
  expect(await run('bench.mjs', ['--check', '--without-postgraphile'])).toBe('equal: Doorstep, by hand, the common way\n')
})

test.runIf(full)('the benchmark of jobs closes, verifies and purges', async () => {
  const table = await run('jobs.mjs', ['--only', 'night,upkeep,broken'], { MEMBERS: '200' })
  expect(table).toContain('| rows written | 200 member, 200 day_close |')
  expect(table).toContain('| a purge |')
})
