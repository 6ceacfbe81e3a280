import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../src/database/migrate.js'
import { type Embedded, startEmbedded } from '../../src/embedded/embedded.js'
import { createLog } from '../../src/log.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, Client, checkMission, lines, makeList, makeMember, moveScenario } from '../support/client.js'
import { notificationAt, readFeed, updateScenario } from '../support/feed.js'

const run = promisify(execFile)
const long = process.env.LONG === 'true'
const changes = 'query ($since: SyncToken) { changes(since: $since) { token fullSync deletedIds scenarios { id name memo } } }'

/**
 * A base backup and the WAL of a server under load, restored to a moment in the middle of it, for clients who know what came after.
 *
 * Mutation check: red without the command `restored`: a phone is told that its feed is "not modified", and it is another one.
 */
test.runIf(long)('a database that is restored to a moment has what was acknowledged before, and clients of after see that', async () => {
  const stage = await Stage.start()
  await stage.script('backup', 'archive', stage.backups)
  await stage.restart()
  const app = await stage.app()
  const load = new Load()
  const members = await Promise.all(Array.from({ length: 4 }, () => makeMember(app)))
  const running = Promise.all(members.map((member) => load.run(member)))
  await expect.poll(() => load.operations, { timeout: 60_000 }).toBeGreaterThan(100)
  const backup = await timed(() => stage.script('backup', 'base', stage.backups))
  expect(readdirSync(join(stage.backups, 'base'))).toHaveLength(1)

  const later = await clientOfLater(app)
  await expect.poll(() => load.operations, { timeout: 60_000 }).toBeGreaterThan(600)
  const moment = new Date()
  const until = load.operations + 400
  await expect.poll(() => load.operations, { timeout: 60_000 }).toBeGreaterThan(until)
  const lost = await later.goOn()
  load.done = true
  await running

  await app.stop()
  await stage.stop()
  renameSync(join(stage.dataDir, 'postgres'), join(stage.dataDir, 'postgres.damaged'))
  const target = join(stage.dataDir, 'postgres')
  const copy = await timed(() => stage.script('backup', 'restore', stage.backups, target, '--to', moment.toISOString()))
  const start = await timed(() => stage.restart())
  const verify = await timed(() => stage.script('jobs', 'verify'))
  expect(verify.printed).toContain('Every invariant holds.')
  const restored = await timed(() => stage.script('jobs', 'restored'))
  console.log(
    `${load.operations} operations; base backup ${backup.seconds} s, copy ${copy.seconds} s, recovery ${start.seconds} s, ` +
      `verify ${verify.seconds} s, restored ${restored.seconds} s`,
  )

  const again = await stage.app()
  onTestFinished(() => again.stop())
  for (const member of members) {
    const { scenarios } = await new Client(again.url, member.token).run('{ scenarios { memo } }')
    const { sent, acknowledged } = load.memos.get(member.memberId) as Memos
    const memo = Number(scenarios[0].memo)
    expect(memo).toBeGreaterThanOrEqual(acknowledged.filter((at) => at < moment.getTime()).length - 1)
    expect(sent[memo]).toBeLessThanOrEqual(moment.getTime())
    expect(sent.length).toBeGreaterThan(memo + 1)
  }
  await later.findsItself(again, lost)
})

// Mutation check: red where the directory is looked at as it is given, and not as it goes into the command: each segment then fails.
test('a directory whose whole path the shell would take apart is rejected', async () => {
  const place = mkdtempSync(join(tmpdir(), 'doorstep backups '))
  onTestFinished(() => rmSync(place, { recursive: true }))
  const script = fileURLToPath(new URL('../../scripts/backup.mjs', import.meta.url))
  for (const args of [
    ['archive', 'backups'],
    ['restore', 'backups', 'target'],
  ]) {
    const failed = await run(process.execPath, [script, ...args], { cwd: place, env: { PATH: process.env.PATH } }).catch((error) => error)
    expect(failed, args[0]).toMatchObject({ code: 1, stderr: expect.stringContaining(`${join(place, 'backups')}: there may be letters`) })
  }
  expect(readdirSync(place)).toEqual([])
})

/** A member with two devices and what they know of the time after the moment. */
async function clientOfLater(app: TestApp) {
  const { client, ids } = await makeList(app, 3)
  const [id] = ids as [string]
  await updateScenario(client, { id, notification: notificationAt('07:00') })
  const session = await new Client(app.url).run(
    `mutation ($input: SignInForDevelopmentInput!) { signInForDevelopment(input: $input) { refreshToken } }`,
    { input: { handle: randomUUID() } },
  )
  const refresh = 'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { refreshToken } }'
  return {
    async goOn() {
      await updateScenario(client, { id, notification: notificationAt('08:00'), memo: 'Lost' })
      await readFeed(client)
      const feed = await readFeed(client)
      const operation = { id, memo: 'Sent again', operationId: randomUUID() }
      await updateScenario(client, operation)
      const moved = await client.run(moveScenario, { input: { id, prevId: ids[2] } })
      const { changes: synced } = await client.run(changes)
      const refreshToken = session.signInForDevelopment.refreshToken
      const { refreshSession: refreshed } = await client.run(refresh, { input: { refreshToken } })
      return {
        etag: feed.etag,
        operation,
        token: synced.token,
        listVersion: moved.moveScenario.listVersion,
        refreshToken: refreshed.refreshToken,
      }
    },

    async findsItself({ url }: TestApp, lost: Awaited<ReturnType<typeof this.goOn>>) {
      const again = new Client(url, client.token, client.memberId)
      // As many changes as were lost, to something else: the same revision, if it were counted on from the moment.
      await updateScenario(again, { id, notification: notificationAt('09:00') })
      for (let poll = 0; poll < 2; poll++) {
        expect(await readFeed(again, lost.etag)).toMatchObject({ notModified: false, items: [{ time: '09:00' }] })
        expect((await readFeed(again)).items).toMatchObject([{ time: '09:00' }])
      }
      const { changes: synced } = await again.run(changes, { since: lost.token })
      expect(synced).toMatchObject({ fullSync: true, scenarios: expect.arrayContaining([{ id, name: 'Scenario 1', memo: null }]) })
      await updateScenario(again, lost.operation)
      expect((await again.run(changes)).changes.scenarios).toContainEqual({ id, name: 'Scenario 1', memo: 'Sent again' })
      const move = { id, nextId: ids[1], expectedListVersion: lost.listVersion }
      expect(await again.rejection(moveScenario, { input: move })).toMatchObject({ code: 'ORDER_CONFLICT' })
      expect(await again.rejection(refresh, { input: { refreshToken: lost.refreshToken } })).toMatchObject({ code: 'UNAUTHENTICATED' })
    },
  }
}

type Memos = { sent: number[]; acknowledged: number[] }

class Load {
  done = false
  operations = 0
  readonly memos = new Map<string, Memos>()

  /** Counts in the memo of a scenario, and checks its mission. */
  async run(client: Client) {
    const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
    const memos: Memos = { sent: [], acknowledged: [] }
    this.memos.set(client.memberId, memos)
    for (let turn = 0; !this.done; turn++) {
      memos.sent.push(Date.now())
      await updateScenario(client, { id, memo: String(turn) })
      memos.acknowledged.push(Date.now())
      await client.run(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: turn % 2 === 0 } })
      this.operations += 2
    }
  }
}

/** Embedded servers that can be stopped and started, and the scripts of an operator for them. */
class Stage {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'doorstep-restored-'))
  readonly backups = mkdtempSync(join(tmpdir(), 'doorstep-backups-'))
  #servers: Embedded | undefined
  #key = {}

  static async start() {
    const stage = new Stage()
    onTestFinished(async () => {
      await stage.stop()
      for (const directory of [stage.dataDir, stage.backups]) rmSync(directory, { recursive: true, force: true })
    })
    await stage.restart()
    await migrate(stage.#servers?.databaseUrl as string)
    return stage
  }

  async restart() {
    await this.stop()
    this.#servers = await startEmbedded({ dataDir: this.dataDir, postgres: true, redis: true, log: createLog('silent') })
  }

  async stop() {
    await this.#servers?.stop()
    this.#servers = undefined
  }

  get #urls() {
    return { DATABASE_URL: this.#servers?.databaseUrl as string, REDIS_URL: this.#servers?.redisUrl as string }
  }

  async app() {
    const app = await startTestApp({ config: { ...this.#urls, ...this.#key } })
    this.#key = { ACCESS_TOKEN_PRIVATE_KEY: app.config.ACCESS_TOKEN_PRIVATE_KEY }
    return app
  }

  async script(name: 'backup' | 'jobs', ...args: string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [`scripts/${name}.mjs`, ...args], {
      env: { PATH: process.env.PATH, ...(this.#servers && this.#urls) },
    })
    return stdout
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ printed: T; seconds: number }> {
  const since = performance.now()
  const printed = await work()
  return { printed, seconds: Math.round((performance.now() - since) / 100) / 10 }
}
