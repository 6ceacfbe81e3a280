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

/** The rows of the tables of hazards: what it is, and the tests and the mutation check that are named. */
const hazards = (path: string) =>
  read(path)
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|--'))
    .map((line) => line.split('|').slice(1, -1))
    .filter(([first]) => !/hazard|위험 /.test(first ?? ''))
    .map(([hazard = '', , , tests = '', mutation = '']) => ({
      hazard: hazard.trim(),
      tests: tests.match(/[\w-]+\.test\.ts/g) ?? [],
      mutation: mutation.trim(),
    }))

test('each hazard has its tests, of which the first names it, and what was taken out to see them red, in English and Korean', () => {
  const [english, korean] = ['docs/concurrency.md', 'docs/concurrency.ko.md'].map(hazards) as [
    ReturnType<typeof hazards>,
    ReturnType<typeof hazards>,
  ]
  expect(english.length).toBeGreaterThan(8)
  expect(english.filter(({ tests, mutation }) => tests.length === 0 || mutation === '')).toEqual([])
  expect(korean.filter(({ mutation }) => mutation === '')).toEqual([])
  expect(korean.map(({ tests }) => tests)).toEqual(english.map(({ tests }) => tests))
  const numbered = english.filter(({ hazard }) => /^\d/.test(hazard))
  expect(numbered.length).toBe(8)
  for (const { hazard, tests } of numbered) expect(read(`tests/integration/${tests[0]}`)).toContain(`Hazard ${hazard.replace('.', ':')}`)
})

test('a newcomer reads the README in one sitting', () => {
  expect(statSync(join(root, 'README.md')).size).toBeLessThan(9_000)
})
