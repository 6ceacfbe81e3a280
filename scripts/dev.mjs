// `npm run dev`: serves, compiles what changes in src/, and starts anew with it.
import { spawn } from 'node:child_process'
import { loadEnv } from './env.mjs'
import { onceNpmHasEnded } from './npm-parent.mjs'
import { root, setupOrExit } from './setup.mjs'
import { buildWebOrWarn, isWebAppWanted } from './web.mjs'

loadEnv()
await setupOrExit()
if (isWebAppWanted()) await buildWebOrWarn()
const children = [
  spawn(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--watch', '--preserveWatchOutput'], {
    cwd: root,
    stdio: 'inherit',
  }),
  spawn(process.execPath, ['--watch-path=dist', '--watch-preserve-output', 'dist/main.js', ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  }),
]
const stopAll = (signal) => {
  for (const child of children) child.kill(signal)
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stopAll)
onceNpmHasEnded(() => stopAll('SIGTERM'))
for (const child of children) child.on('exit', () => stopAll())
