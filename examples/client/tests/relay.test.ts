import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Kind, parse, print, visit } from 'graphql'
import { expect, onTestFinished, test } from 'vitest'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const documents = readdirSync(at('../src/documents')).map((name) => parse(readFileSync(at(`../src/documents/${name}`), 'utf8')))
const compiler: string | null = createRequire(import.meta.url)('relay-compiler')

const suffixes = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }

/** Relay wants each document in a module that its name begins with, and the kind of operation at its end. */
function modules(): Map<string, string> {
  const found = new Map<string, string>()
  for (const definition of documents.flatMap(({ definitions }) => definitions)) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) found.set(definition.name.value, print(definition))
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const module = definition.name?.value ?? ''
    const renamed = visit(definition, {
      Name: (node, key) =>
        key === 'name' && node.value === module ? { ...node, value: module + suffixes[definition.operation] } : undefined,
    })
    found.set(module, print(renamed))
  }
  return found
}

test.skipIf(compiler === null)("Relay's compiler accepts every document of this client", () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorstep-relay-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'src'))
  const all = modules()
  for (const [name, text] of all)
    writeFileSync(join(folder, 'src', `${name}.ts`), `import { graphql } from 'relay-runtime'\ngraphql\`${text}\`\n`)
  const customScalarTypes = Object.fromEntries(
    ['DateTime', 'LocalDate', 'LocalTime', 'TimeZone', 'SyncToken'].map((name) => [name, 'string']),
  )
  writeFileSync(join(folder, 'schema.graphql'), readFileSync(at('../../../schema.graphql')))
  writeFileSync(
    join(folder, 'relay.config.json'),
    JSON.stringify({ src: './src', schema: './schema.graphql', language: 'typescript', customScalarTypes, noFutureProofEnums: true }),
  )
  execFileSync(compiler as string, ['relay.config.json'], { cwd: folder, stdio: 'pipe', encoding: 'utf8' })
  expect(all.size).toBeGreaterThan(20)
  expect(
    readdirSync(join(folder, 'src/__generated__')).filter((name) => /(Query|Mutation)\.graphql\.ts$/.test(name)).length,
  ).toBeGreaterThan(15)
})
