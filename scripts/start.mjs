// The server runs in this process, so that whoever started it signals the server and not a parent of it.
import { loadEnv } from './env.mjs'
import { setupOrExit } from './setup.mjs'

loadEnv()
await setupOrExit()
await import('../dist/main.js')
