import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { settings } from '../../src/config.js'
import { codes } from '../../src/errors.js'
import { limits } from '../../src/limits.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** The rows of the first table under a heading, without its head. */
function table(path: string, heading: string): string[][] {
  const section =
    read(path)
      .split(/^## /m)
      .find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const [, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

const unquoted = (cell = '') => cell.replaceAll('`', '')

test('the table of errors has every code with its advice, and no other', () => {
  expect(table('docs/api.md', 'Errors').map(([code, , advice]) => [code, advice])).toEqual(Object.entries(codes))
})

test('the table of limits has every limit with its value, and no other', () => {
  expect(table('docs/api.md', 'Limits').map(([name, value]) => [unquoted(name), Number(value)])).toEqual(Object.entries(limits))
})

test('the table of settings tells the true defaults', () => {
  const defaults: Record<string, unknown> = settings.parse({})
  const rows = table('docs/operating.md', 'Configuration').map(([name, value]) => [unquoted(name), unquoted(value)] as const)
  expect(rows.length).toBeGreaterThan(5)
  expect(rows.filter(([name]) => !(name in settings.shape))).toEqual([])
  expect(rows).toEqual(rows.map(([name]) => [name, String(defaults[name] ?? '')]))
})

test('the table of pinned packages has every override with its version and why, and no other', () => {
  const rows = table('CONTRIBUTING.md', 'Packages').map(([name, version, why]) => [unquoted(name), version, (why ?? '').length > 20])
  const { overrides } = JSON.parse(read('package.json'))
  expect(rows).toEqual(Object.entries(overrides).map(([name, version]) => [name, version, true]))
})

const filesIn = (folder: string) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))
const documents = ['README.md', 'README.ko.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesIn('docs').filter((path) => path.endsWith('.md'))]

test('what the documents point to exists', () => {
  const broken = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map(([, path]) => path as string)
      .filter((path) => !existsSync(join(root, dirname(document), path)))
      .map((path) => `${document}: ${path}`),
  )
  expect(broken).toEqual([])
})

test('the tests that the documents name exist', () => {
  const tests = new Set(filesIn('tests').map((path) => path.split('/').at(-1)))
  const missing = documents.flatMap((document) =>
    [...read(document).matchAll(/([\w-]+\.test\.ts)/g)].filter(([name]) => !tests.has(name)).map(([name]) => `${document}: ${name}`),
  )
  expect(missing).toEqual([])
})

test('a newcomer reads the README in one sitting', () => {
  expect(statSync(join(root, 'README.md')).size).toBeLessThan(9_000)
})
