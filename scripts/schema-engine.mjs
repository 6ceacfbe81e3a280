#!/usr/bin/env node
// Stands in for Prisma's native schema engine, which is a download: the same engine compiled to WebAssembly, behind the
// native one's command line and JSON-RPC on stdin and stdout. Prisma's CLI starts it (see prisma.mjs).
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import * as wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

const { values, positionals } = parseArgs({
  options: {
    datamodels: { type: 'string', short: 'd', multiple: true, default: [] },
    datasource: { type: 'string', default: '{}' },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
  },
  allowPositionals: true,
})
const url = JSON.parse(values.datasource).url || process.env.DATABASE_URL || ''

// Without it, a panic of the engine ends in an error about this missing object.
globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => console.error(message) }

if (positionals[0] === 'cli') await runCommand(positionals[1])
else await serve()

/** `cli <command>`: what is done before there is a database to speak to. */
async function runCommand(command) {
  try {
    if (command === 'can-connect-to-database') await asAdmin(() => {}, url)
    else if (command === 'create-database') await createDatabase(databaseName())
    else if (command === 'drop-database') await dropDatabase(databaseName())
    else throw new Error(`Unknown command: ${command}`)
  } catch (error) {
    const code = { '3D000': 'P1003', '28P01': 'P1000' }[error.code] ?? 'P1001'
    const fields = { error_code: code, message: error.message, is_panic: false }
    console.error(JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields }))
    process.exitCode = 1
  }
}

/** One request a line, answered in order. */
async function serve() {
  await loadWasm()
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line)
    // The CLI answers our `print`, which is no request.
    if (!method) continue
    try {
      const result = await call(method, params)
      // The native engine prints a diff itself, by asking the CLI to.
      if (method === 'diff') send({ id: `print-${id}`, method: 'print', params: { content: (result.stdout ?? '').replace(/\n$/, '') } })
      send({ id, result: result ?? null })
    } catch (error) {
      const data = { is_panic: false, message: error.message, error_code: error.code ?? null, meta: error.meta ?? null }
      send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } })
    }
  }
  process.exit()
}

async function call(method, params) {
  if (method === 'createDatabase') return { databaseName: await createDatabase(databaseName()) }
  const { engine, close } = await openEngine()
  try {
    if (method === 'getDatabaseVersion') return await engine.version(params)
    // These two find the schema that the migrations lead to only in the engine's cache, which a diagnosis fills: they cannot
    // make a shadow database ("must be provided through an external factory") though they were given the means.
    if (method === 'evaluateDataLoss' || method === 'createMigration') {
      const { migrationsList, filters } = params
      await engine.devDiagnostic({ migrationsList, filters })
    }
    if (typeof engine[method] !== 'function') throw new Error(`The schema engine has no method ${method}.`)
    return await engine[method](params)
  } finally {
    await close()
  }
}

async function loadWasm() {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  const bytes = readFileSync(entry.replace(/\.js$/, '.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': wasm })
  wasm.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
}

/** A new one for each request, so that nothing it remembers is older than the migrations it is asked about. */
async function openEngine() {
  const adapters = []
  const opened = (adapter) => adapters.push(adapter) && adapter
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: async () => opened(await connect(databaseName())),
    // PrismaPg's own drops the shadow database while it is still connected to it.
    async connectToShadowDb() {
      const database = await createDatabase(`prisma_migrate_shadow_db_${randomUUID()}`)
      const adapter = await connect(database)
      const dispose = adapter.dispose.bind(adapter)
      adapter.dispose = () => dispose().then(() => dropDatabase(database))
      return adapter
    },
  })
  const datamodels = values.datamodels.map((path) => [path, readFileSync(path, 'utf8')])
  const log = (message) => process.env.DEBUG && console.error(message)
  const engine = await wasm.SchemaEngine.new({ datamodels: datamodels.length ? datamodels : undefined }, log, factory)
  return { engine, close: () => Promise.all(adapters.map((adapter) => adapter.dispose())) }
}

async function connect(database) {
  const adapter = withCharacters(await new PrismaPg({ connectionString: urlOf(database), max: 1 }).connect())
  const startTransaction = adapter.startTransaction.bind(adapter)
  adapter.startTransaction = async (isolationLevel) => withCharacters(await startTransaction(isolationLevel))
  // PrismaPg's own cuts a script at every semicolon, in comments and strings too (see src/database/migrate.ts).
  adapter.executeScript = async (sql) => void (await adapter.executeRaw({ sql, args: [], argTypes: [] }))
  return adapter
}

/** PrismaPg refuses the catalogs' columns of type "char"; to the engine they are characters, and an empty one is NUL. */
function withCharacters(queryable) {
  const performIO = queryable.performIO.bind(queryable)
  const queryRaw = queryable.queryRaw.bind(queryable)
  const characterColumns = new WeakMap()

  queryable.performIO = async (query) => {
    const result = await performIO(query)
    const columns = (result.fields ?? []).flatMap((field, index) => (field.dataTypeID === pg.types.builtins.CHAR ? [index] : []))
    for (const index of columns) result.fields[index].dataTypeID = pg.types.builtins.TEXT
    characterColumns.set(query, columns)
    return result
  }
  queryable.queryRaw = async (query) => {
    const result = await queryRaw(query)
    for (const index of characterColumns.get(query)) {
      result.columnTypes[index] = ColumnTypeEnum.Character
      for (const row of result.rows) if (row[index] === '') row[index] = '\0'
    }
    return result
  }
  return queryable
}

function databaseName() {
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

function urlOf(database) {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(database)}`
  return other.href
}

async function asAdmin(work, connectionString = urlOf('postgres')) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

async function createDatabase(name) {
  await asAdmin(async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  })
  return name
}

async function dropDatabase(name) {
  await asAdmin((client) => client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`))
}
