// `npm run check`: format, lint and types, of everything. `npm run check -- --write` mends what can be mended.
import { spawnSync } from 'node:child_process'
import { root, setupOrExit } from './setup.mjs'

await setupOrExit()
const run = (command, ...args) =>
  spawnSync(process.execPath, [`${root}/node_modules/${command}`, ...args], { cwd: root, stdio: 'inherit' }).status === 0

const tidy = run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', ...process.argv.slice(2))
const typed = run('typescript/bin/tsc', '-p', 'tests/tsconfig.json')
process.exit(tidy && typed ? 0 : 1)
