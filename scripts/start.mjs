// The server runs in this process, so that whoever started it signals the server and not a parent of it.
import { loadEnv } from './env.mjs'
import { onceNpmHasEnded } from './npm-parent.mjs'
import { setupOrExit } from './setup.mjs'
import { buildWebOrWarn, isWebAppWanted } from './web.mjs'

onceNpmHasEnded(() => process.kill(process.pid, 'SIGTERM'))
loadEnv()
await setupOrExit()
if (isWebAppWanted()) await buildWebOrWarn()
await import('../dist/main.js')
