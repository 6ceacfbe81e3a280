import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { anotherInstance, appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, Client, checkMission, lines, makeList, makeMember, moveScenario } from '../support/client.js'
import { feedQuery } from '../support/feed.js'
import { query } from '../support/query.js'

/** How long one waits for a held row, and for a connection: longer than the rounds of the others take on the busiest machine. */
const longMs = 40_000
const long = {
  DATABASE_MAX_WAIT_MS: longMs,
  DATABASE_LOCK_TIMEOUT_MS: longMs,
  DATABASE_STATEMENT_TIMEOUT_MS: longMs,
  OPERATION_TIMEOUT_MS: longMs,
}
/** All rounds together. Without the protection the first alone waits for `longMs`. */
const deadlineMs = 20_000

const update = (client: Client, nickname: string) =>
  client.request('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { nickname } } }', { input: { nickname } })

/** Locks the members' rows; a COMMIT lets them go. */
async function hold({ config }: TestApp, members: Client[]): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString: config.DATABASE_URL })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('BEGIN')
  await holder.query('SELECT FROM member WHERE id = ANY ($1) FOR UPDATE', [members.map(({ memberId }) => memberId)])
  return holder
}

/**
 * Six members whose rows somebody else holds, each with a change, a move and a check; and one member with twelve changes at
 * once. Before, 12 + 18 connections were wanted for that, and the pool has ten.
 *
 * Mutation check: without `rowLock` in lockMember, or with a run that waits for locks
 * beside `lockWaits` in transaction.ts or in batcher.ts, the other member's requests wait as long as those; and so does a change
 * that meets the member's own check, with one try without waiting instead of several.
 */
test('members whose rows are held, and a member with many changes at once, keep nobody else waiting', async () => {
  const app = await appForThisTest({ config: long })
  const held = await Promise.all(Array.from({ length: 6 }, () => withMission(app)))
  const [busy, other] = [await makeMember(app), await withMission(app)]
  const holder = await hold(app, [...held.map(({ client }) => client), busy])

  const waiting = [
    ...held.flatMap((one) => [update(one.client, 'Held'), one.move(), one.check()]),
    ...Array.from({ length: 12 }, (_, number) => update(busy, `Busy ${number}`)),
  ]
  let done = false
  const outcomes = Promise.all(waiting).finally(() => {
    done = true
  })
  const rounds = async () => {
    for (let round = 0; round < 6; round++) {
      const answers = await Promise.all([
        other.client.request('{ me { nickname } scenarios { id name } }'),
        other.client.request(feedQuery),
        other.check(),
        other.move(),
        update(other.client, `Round ${round}`),
      ])
      expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])
      await expect.poll(async () => (await fetch(`${app.url}/readyz`)).status, { timeout: deadlineMs }).toBe(200)
    }
    return 'served'
  }
  expect(await Promise.race([rounds(), setTimeout(deadlineMs, 'kept waiting', { ref: false })])).toBe('served')
  expect(done).toBe(false)

  // They are served when the rows are free.
  await holder.query('COMMIT')
  const codes = (await outcomes).map(({ errors }) => errors?.[0]?.extensions.code ?? 'done')
  expect(new Set(codes)).toEqual(new Set(['done']))
})

// Mutation check: red without SKIP LOCKED in touchMember: each request of theirs waits on a connection of the pool.
test("members whose rows are held have their day's first requests answered, and keep nobody else waiting", async () => {
  const app = await appForThisTest({ config: long })
  const held = await Promise.all(Array.from({ length: 12 }, () => makeMember(app)))
  const other = await makeMember(app)
  const yesterday = 'UPDATE member SET last_seen_on = last_seen_on - 1'
  await query(app.config.DATABASE_URL, yesterday)
  const holder = await hold(app, held)
  const there = await anotherInstance(app)
  const at = ({ token }: Client) => new Client(there.url, token).run('{ me { nickname } }')
  const answers = Promise.all([...held, other].map(at))
  expect(await Promise.race([answers, setTimeout(deadlineMs, 'kept waiting', { ref: false })])).toHaveLength(13)
  await holder.query('COMMIT')
  // What could not be noted is noted by the next request.
  await Promise.all(held.map(at))
  expect(await app.database.$queryRaw`SELECT count(DISTINCT last_seen_on)::int AS dates FROM member`).toEqual([{ dates: 1 }])
})

/**
 * No deadline covers what is before an operation: where PostgreSQL hung, the first one of an hour took 10 s with a deadline of 3.
 * Mutation check: red where LastSeen.note waits for as long as it takes.
 */
test('that a member is here is noted beside the operation, where that takes its time', async () => {
  const app = await appForThisTest({ config: long })
  const { token } = await makeMember(app)
  const there = await anotherInstance(app)
  await query(app.config.DATABASE_URL, 'UPDATE member SET last_seen_on = last_seen_on - 1')
  const holder = await hold(app, [])
  await holder.query('LOCK TABLE member IN SHARE MODE')
  const answer = new Client(there.url, token).run('{ me { nickname } }')
  expect(await Promise.race([answer, setTimeout(deadlineMs, 'kept waiting', { ref: false })])).toHaveProperty('me')
  await holder.query('COMMIT')
  const daysAgo = 'SELECT (created_at AT TIME ZONE time_zone)::date - last_seen_on AS days FROM member'
  await expect.poll(() => query(app.config.DATABASE_URL, daysAgo), { timeout: deadlineMs }).toEqual([{ days: 0 }])
})

/**
 * As many members as may wait for locks, each with a move that waits until it is told that it took too long.
 * Mutation check: red without `how` at the end of the transaction in moves.ts: each waits for a second turn, which the others have.
 */
test('a move whose row is held for long does not wait for a turn that it has already', async () => {
  const app = await appForThisTest({ config: { ...long, DATABASE_LOCK_TIMEOUT_MS: 300 } })
  const held = await Promise.all(Array.from({ length: 3 }, () => withMission(app)))
  await hold(
    app,
    held.map(({ client }) => client),
  )
  const answers = Promise.all(held.map(({ move }) => move()))
  expect(await Promise.race([answers, setTimeout(deadlineMs, 'kept waiting', { ref: false })])).not.toBe('kept waiting')
  expect((await answers).map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(Array(3).fill('SERVICE_UNAVAILABLE'))
})

/** Mutation check: without `{ memberId }` in createChangeMember (src/member/change.ts), three of them wait in PostgreSQL. */
test('of a member with many changes at once, one takes a connection', async () => {
  const app = await appForThisTest({ config: long })
  const member = await makeMember(app)
  const holder = await hold(app, [member])
  const outcomes = Promise.all(Array.from({ length: 12 }, (_, number) => update(member, `Round ${number}`)))
  const where = "datname = current_database() AND application_name = 'doorstep' AND wait_event_type = 'Lock'"
  const waiting = async () => (await query(app.config.DATABASE_URL, `SELECT pid FROM pg_stat_activity WHERE ${where}`)).length
  await expect.poll(waiting, { timeout: 3_000 }).toBe(1)
  for (const end = performance.now() + 1_000; performance.now() < end; ) expect(await waiting()).toBeLessThanOrEqual(1)
  await holder.query('COMMIT')
  expect((await outcomes).filter(({ errors }) => errors)).toEqual([])
})

async function withMission(app: { url: string }) {
  const { client, ids } = await makeList(app, 2)
  const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
  return {
    client,
    move: () => client.request(moveScenario, { input: { id: ids[1], prevId: null, nextId: ids[0] } }),
    check: () => client.request(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: true } }),
  }
}
