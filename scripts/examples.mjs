// Makes the examples ready for their tests: each is a package of its own, with its own lock file, and generates its types from our schema.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { hash, listFiles, readStamp, root, run, SetupError } from './setup.mjs'

const folder = join(root, 'examples')

export async function setUpExamples() {
  const stale = examples().filter((example) => !isInstalled(example) || !isGenerated(example))
  if (stale.length > 0) await withLock(join(root, '.doorstep/setup-examples'), () => setUp(stale))
}

async function setUp(stale) {
  for (const example of stale) {
    const name = `examples/${example.name}`
    if (!isInstalled(example)) {
      console.error(`setup: installing packages of ${name}`)
      await run('npm', ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'], {}, example.path)
      writeFileSync(join(example.path, 'node_modules/.stamp'), installedHash(example))
    }
    if (!isGenerated(example)) {
      console.error(`setup: generating the types of ${name}`)
      const stamp = generatedHash(example)
      await run(process.execPath, ['generate.mjs'], {}, example.path)
      writeFileSync(join(example.path, 'src/generated/.stamp'), stamp)
    }
  }
}

function examples() {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.map((name) => ({ name, path: join(folder, name) })).filter(({ path }) => existsSync(join(path, 'package-lock.json')))
}

const installedHash = ({ path }) => hash([join(path, 'package-lock.json')])
const isInstalled = (example) => readStamp(join(example.path, 'node_modules/.stamp')) === installedHash(example)

const generator = ({ path }) => join(path, 'generate.mjs')
const generatedHash = (example) =>
  hash([
    join(root, 'schema.graphql'),
    join(example.path, 'package-lock.json'),
    generator(example),
    ...listFiles(join(example.path, 'src/documents')),
  ])
const isGenerated = (example) =>
  !existsSync(generator(example)) || readStamp(join(example.path, 'src/generated/.stamp')) === generatedHash(example)

/** A failure is told in words, not as a stack, and ends the process. */
export async function setUpExamplesOrExit() {
  try {
    await setUpExamples()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`setup: ${error.message}`)
    process.exit(1)
  }
}
