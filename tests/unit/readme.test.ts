import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { settings } from '../../src/config.js'
import { codes } from '../../src/errors.js'
import { limits } from '../../src/limits.js'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The rows of the first table under a heading, without its head. */
function table(heading: string): string[][] {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
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
  expect(table('Errors').map(([code, , advice]) => [code, advice])).toEqual(Object.entries(codes))
})

test('the table of limits has every limit with its value, and no other', () => {
  expect(table('Limits').map(([name, value]) => [unquoted(name), Number(value)])).toEqual(Object.entries(limits))
})

test('the table of settings tells the true defaults', () => {
  const defaults: Record<string, unknown> = settings.parse({})
  const rows = table('Configuration').map(([name, value]) => [unquoted(name), unquoted(value)] as const)
  expect(rows.length).toBeGreaterThan(5)
  expect(rows.filter(([name]) => !(name in settings.shape))).toEqual([])
  expect(rows).toEqual(rows.map(([name]) => [name, String(defaults[name] ?? '')]))
})

test('the files it points to exist', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path as string)
  expect(links.length).toBeGreaterThan(2)
  for (const path of links) expect(readFileSync(new URL(`../../${path}`, import.meta.url)).length, path).toBeGreaterThan(0)
})
