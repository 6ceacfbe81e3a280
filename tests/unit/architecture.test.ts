import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../../src', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
  .map((file) => join(source, file))

/** A folder of src/, or a file that stands in src/ itself. */
const roomOf = (file: string) => relative(source, file).split('/')[0] as string

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const imported = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)]
  return imported.map(([, path]) => resolve(dirname(file), `${path}.ts`)).filter((path) => roomOf(path) !== 'generated')
}

function imports(): Map<string, Map<string, string>> {
  const graph = new Map<string, Map<string, string>>()
  for (const file of files) {
    for (const imported of importsOf(file)) {
      const [from, to] = [roomOf(file), roomOf(imported)]
      if (from === to) continue
      const edges = graph.get(from) ?? new Map<string, string>()
      graph.set(from, edges.set(to, `${relative(source, file)} → ${relative(source, imported)}`))
    }
  }
  return graph
}

/** The imports that lead from a room back to itself; null where none do. */
function circle(graph: Map<string, Map<string, string>>, start: string): string[] | null {
  const seen = new Set<string>()
  const search = (room: string, path: string[]): string[] | null => {
    for (const [next, edge] of graph.get(room) ?? []) {
      if (next === start) return [...path, edge]
      if (seen.has(next)) continue
      seen.add(next)
      const found = search(next, [...path, edge])
      if (found) return found
    }
    return null
  }
  return search(start, [])
}

test('the folders of src/ import each other one way only', () => {
  const graph = imports()
  expect([...graph.keys()].flatMap((room) => circle(graph, room) ?? [])).toEqual([])
})

const sourcesOf = (folder: string) =>
  readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(tsx?|css)$/.test(file) && !file.startsWith('generated'))
    .map((file) => join(source, folder, file))

test('no file of src/ and of the examples has more than 200 lines', () => {
  const all = [...files, ...sourcesOf('../examples/client/src'), ...sourcesOf('../examples/web/src')]
  const long = all.filter((file) => readFileSync(file, 'utf8').trimEnd().split('\n').length > 200)
  expect(long.map((file) => relative(source, file))).toEqual([])
})
