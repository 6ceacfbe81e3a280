import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { compile } from '../support/processes.js'

/** Benchmarks that nobody runs for a month know old tables. Nothing is measured here. */

const bench = (file: string) => fileURLToPath(new URL(`../../bench/${file}`, import.meta.url))
const run = async (file: string, args: string[], env = {}) =>
  (await promisify(execFile)(process.execPath, [bench(file), ...args], { env: { PATH: process.env.PATH, ...env } })).stdout

beforeAll(compile)

test('the contenders of the benchmark respond alike, and pgbench has the statements of now', async () => {
  expect(await run('bench.mjs', ['--check', '--without-postgraphile'])).toBe('equal: Doorstep, by hand, the common way\n')
})

test('the benchmark of jobs closes, verifies and purges', async () => {
  const table = await run('jobs.mjs', ['--only', 'night,upkeep,broken'], { MEMBERS: '200' })
  expect(table).toContain('| rows written | 200 member, 200 day_close |')
  expect(table).toContain('| a purge |')
})
