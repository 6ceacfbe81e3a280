// `npm run build`: packages, Prisma's client, the compiled program in dist/. `npm run generate`: the same without the program.
import { setupOrExit } from './setup.mjs'

await setupOrExit({ build: process.argv[2] !== 'generate' })
