// `npm run check`: format, lint and types, of everything. `npm run lint` and `npm run typecheck`: one of the two. `-- --write` mends what can
// be mended.
import { spawnSync } from 'node:child_process'
import { setUpExamplesOrExit } from './examples.mjs'
import { root, setupOrExit } from './setup.mjs'

const [first, ...rest] = process.argv.slice(2)
const only = first === 'lint' || first === 'types' ? first : null
const args = only ? rest : process.argv.slice(2)

await setupOrExit({ build: only !== 'lint' })
if (only !== 'lint') await setUpExamplesOrExit()
const run = (command, ...args) =>
  spawnSync(process.execPath, [`${root}/node_modules/${command}`, ...args], { cwd: root, stdio: 'inherit' }).status === 0

const tidy = only === 'types' || run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...args)
const typed =
  only === 'lint' || ['tests', 'examples/web'].map((folder) => run('typescript/bin/tsc', '-p', `${folder}/tsconfig.json`)).every(Boolean)
process.exit(tidy && typed ? 0 : 1)
