// Types for every document in src/documents, by graphql-codegen's client preset; `npm run generate` here. The preset without its command line,
// which brings 270 packages more to read files with.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { preset } from '@graphql-codegen/client-preset'
import { codegen } from '@graphql-codegen/core'
import { buildSchema, parse } from 'graphql'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const schemaAst = buildSchema(readFileSync(at('../../schema.graphql'), 'utf8'))
const documents = readdirSync(at('src/documents')).map((name) => {
  const rawSDL = readFileSync(at(`src/documents/${name}`), 'utf8')
  return { location: name, rawSDL, document: parse(rawSDL) }
})

const output = at('src/generated/')
const files = await preset.buildGeneratesSection({
  baseOutputDir: output,
  presetConfig: { fragmentMasking: false, skipIndexFile: true },
  plugins: [],
  pluginMap: {},
  schema: parse(readFileSync(at('../../schema.graphql'), 'utf8')),
  schemaAst,
  documents,
  config: {
    importExtension: '.js',
    useTypeImports: true,
    enumType: 'string-literal',
    strictScalars: true,
    scalars: Object.fromEntries(['ID', 'DateTime', 'LocalDate', 'LocalTime', 'TimeZone', 'SyncToken'].map((name) => [name, 'string'])),
  },
})
rmSync(output, { recursive: true, force: true })
mkdirSync(output, { recursive: true })
// The preset's gql.ts is for documents that are written in TypeScript.
for (const file of files) if (file.filename.endsWith('/graphql.ts')) writeFileSync(file.filename, await codegen(file))
