import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '../../src/embedded/embedded.js'
import { createLog } from '../../src/log.js'
import { Door } from './door.js'

export type PostgresForATest = Awaited<ReturnType<typeof startPostgresForATest>>

/** A PostgreSQL for one test, behind a door: `url` leads to it after a restart too. */
export async function startPostgresForATest() {
  const dataDir = await mkdtemp(join(tmpdir(), 'doorstep-postgres-'))
  const start = () => startEmbedded({ dataDir, postgres: true, redis: false, durable: false, log: createLog('silent') })
  let server = await start()
  const direct = () => server.databaseUrl as string
  const door = await Door.before(() => Number(new URL(direct()).port))
  return {
    door,
    url: Object.assign(new URL(direct()), { port: door.port }).href,
    /** Past the door. */
    directUrl: direct,
    async restart() {
      await server.stop()
      server = await start()
    },
    async stop() {
      door.close()
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
