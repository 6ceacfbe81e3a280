// The server runs in this process, so that whoever started it signals the server and not a parent of it.
import { setupOrExit } from './setup.mjs'

await setupOrExit()
await import('../dist/main.js')
