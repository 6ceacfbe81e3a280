// `npm run jobs -- run|list|verify`: the operator's commands, on the servers that the configuration names.
import { loadEnv } from './env.mjs'
import { setupOrExit } from './setup.mjs'

loadEnv()
await setupOrExit()
await import('../dist/jobs-cli.js')
