import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { startEmbedded } from '../../src/embedded/embedded.js'
import { createLog } from '../../src/log.js'
import { Door } from './door.js'
import { query } from './query.js'

export type PostgresForATest = Awaited<ReturnType<typeof startPostgresForATest>>

/** A PostgreSQL for one test, behind a door: `url` leads to it after a restart too. */
export async function startPostgresForATest() {
  const dataDir = await mkdtemp(join(tmpdir(), 'doorstep-postgres-'))
  const start = () => startEmbedded({ dataDir, postgres: true, redis: false, durable: false, log: createLog('silent') })
  let server = await start()
  let promote = async () => {}
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
    /** Until it is promoted. It is started as a server alone once it can be written to. */
    async restartAsStandby() {
      await server.stop()
      await writeFile(join(dataDir, 'postgres/standby.signal'), '')
      const promoted = start()
      const standbyUrl = async () => {
        const [, , , port, , , , state] = (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8').catch(() => '')).split('\n')
        return state?.trim() === 'ready' && Object.assign(new URL(direct()), { port }).href
      }
      const url = await vi.waitUntil(standbyUrl, { timeout: 60_000, interval: 20 })
      server = { ...server, databaseUrl: url }
      promote = async () => {
        promote = async () => {}
        await query(url, 'SELECT pg_promote()')
        server = await promoted
      }
    },
    promote: () => promote(),
    async stop() {
      door.close()
      await promote()
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
