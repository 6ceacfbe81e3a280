// `npm run jobs -- run|list|verify`: the operator's commands, on the servers that the configuration names.
import { setupOrExit } from './setup.mjs'

await setupOrExit()
await import('../dist/jobs-cli.js')
