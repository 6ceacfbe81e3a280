// `npm run build:web`: the web app of examples/web, into its dist/, where what it is made from has changed; each file compressed once, here.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { setUpExamples } from './examples.mjs'
import { withLock } from './lock.mjs'
import { hash, listFiles, readStamp, root, run, SetupError } from './setup.mjs'

const folder = join(root, 'examples/web')
const output = join(folder, 'dist')
const stamp = join(output, '.stamp')

/** The client library is a part of the app, with its types of our schema. */
const builtHash = () =>
  hash([
    ...['package-lock.json', 'vite.config.ts', 'index.html', 'demo.html'].map((name) => join(folder, name)),
    ...listFiles(join(folder, 'public')),
    ...listFiles(join(folder, 'src')),
    ...listFiles(join(root, 'examples/client/src')),
  ])

const isBuilt = () => readStamp(stamp) === builtHash()

/** Production serves what was built before, and installs nothing. */
export const isWebAppWanted = () => {
  const { NODE_ENV, WEB_APP, ROLE = '' } = process.env
  return NODE_ENV !== 'production' && WEB_APP !== 'false' && ['', 'all', 'api'].includes(ROLE)
}

export async function buildWeb() {
  await setUpExamples()
  if (!isBuilt()) await withLock(join(root, '.doorstep/setup-web'), build)
}

async function build() {
  if (isBuilt()) return
  console.error('setup: building the web app')
  rmSync(stamp, { force: true })
  const made = builtHash()
  await run(process.execPath, ['node_modules/vite/bin/vite.js', 'build'], { NODE_ENV: 'production' }, folder)
  for (const file of listFiles(output).filter((file) => /\.(js|css|html|svg)$/.test(file))) {
    const text = readFileSync(file)
    writeFileSync(`${file}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }))
  }
  writeFileSync(stamp, made)
}

/** What runs is the API's server: one that can't build the app serves without it. */
export async function buildWebOrWarn() {
  try {
    await buildWeb()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`setup: WARNING: the web app is not built, and not served at /app unless it was before. ${error.message}`)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildWeb().catch((error) => {
    if (!(error instanceof SetupError)) throw error
    console.error(`setup: ${error.message}`)
    process.exitCode = 1
  })
}
