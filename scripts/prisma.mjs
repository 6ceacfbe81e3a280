// Prisma's command line, offline: `npm run prisma -- migrate dev --name add_colour`.
// Where the CLI would download a schema engine, schema-engine.mjs answers.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { root, setupOrExit } from './setup.mjs'

const args = process.argv.slice(2)
const needsDatabase = ['migrate', 'db', 'studio'].includes(args[0]) && !args.includes('--help') && !args.includes('-h')
if (needsDatabase && !process.env.DATABASE_URL) {
  const file = join(process.env.DATA_DIR ?? '.doorstep', 'postgres.url')
  const isRunning = existsSync(resolve(root, file))
  console.error(
    'DATABASE_URL is not set, and a command that may change a database does not guess one.\n' +
      (isRunning ? '' : 'The embedded PostgreSQL runs while `npm start` does, and keeps its URL in a file meanwhile.\n') +
      `To use the embedded one:\n\n  DATABASE_URL="$(cat ${file})" npm run prisma -- ${args.join(' ')}\n`,
  )
  process.exit(1)
}

// The program itself may not compile against the schema that is about to be migrated.
await setupOrExit({ build: false })
const cli = join(root, 'node_modules/prisma', JSON.parse(readFileSync(join(root, 'node_modules/prisma/package.json'))).bin.prisma)
const child = spawn(process.execPath, [cli, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'scripts/schema-engine.mjs'),
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  },
})
// The terminal's Ctrl-C reaches the child by itself; it decides what becomes of it.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code) => process.exit(code ?? 1))
