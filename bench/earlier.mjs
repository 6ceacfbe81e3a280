// An earlier checkout of Doorstep as a contender: what it is called, and its tables.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs a module's text in a checkout, as if it were one of its files. */
const inCheckout = (directory, text, env = {}) =>
  run(process.execPath, ['--input-type=module', '-e', text], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  })

export async function nameOf(directory) {
  const { stdout } = await run('git', ['rev-parse', '--short', 'HEAD'], { cwd: directory })
  return `Doorstep at ${stdout.trim()}`
}

/** Makes a checkout ready to run, and its tables, with the same members, by its own means. */
export async function prepareEarlier(directory, { databaseUrl, members }) {
  console.error(`preparing ${await nameOf(directory)}`)
  await inCheckout(directory, `const { setup } = await import('./scripts/setup.mjs'); await setup({ quiet: true })`)
  const tables = `
    // Where it was in the first version.
    const { migrate } = await import('./dist/database/migrate.js').catch(() => import('./dist/infra/migrate.js'))
    const { seed } = await import('./bench/seed.mjs')
    await migrate(process.env.DATABASE_URL)
    await seed(process.env.DATABASE_URL, ${members})`
  await inCheckout(directory, tables, { DATABASE_URL: databaseUrl })
}
