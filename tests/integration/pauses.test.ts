import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { addDays } from '../../src/dates.js'
import { expiredPurge } from '../../src/jobs/expired-purge.job.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, checkMission, lines, makeMember, pauseDays, resumeDays } from '../support/client.js'
import { sweep } from '../support/days.js'
import { notificationAt, readFeed } from '../support/feed.js'
import { ManualClock } from '../support/manual-clock.js'

const clock = new ManualClock('2026-03-15T12:00:00Z')
let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ clock })
  return () => app.stop()
})
beforeEach(async () => {
  clock.set('2026-03-15T12:00:00Z')
  await app.database.$executeRaw`DELETE FROM member`
})

const day = (ahead: number) => addDays('2026-03-15', ahead)
type Pause = { id: string; from: string; to: string }

const pause = async (client: Client, from: number, to: number): Promise<Pause[]> =>
  (await client.run(pauseDays, { input: { from: day(from), to: day(to) } })).pauseDays.member.pauses
const resume = async (client: Client, id: string | undefined): Promise<Pause[]> =>
  (await client.run(resumeDays, { input: { id } })).resumeDays.member.pauses
const pausesOf = async (client: Client): Promise<Pause[]> => (await client.run('{ me { pauses { id from to } } }')).me.pauses
const inDays = (pauses: Pause[]) => pauses.map(({ from, to }) => [from, to])

/** Goes on to a day's noon, closing each day on the way; checks its one line on those that are said. */
async function live(client: Client, missionId: string | undefined, { through, checkedOn }: { through: number; checkedOn: number[] }) {
  for (let ahead = 0; ahead <= through; ahead++) {
    clock.set(`${day(ahead)}T12:00:00Z`)
    await sweep(app)
    if (checkedOn.includes(ahead)) await client.run(checkMission, { input: { missionId, isChecked: true } })
  }
}

async function historyOf(client: Client, from: number, to: number) {
  const { me } = await client.run(
    'query ($from: LocalDate!, $to: LocalDate!) { me { currentStreak longestStreak dayReceipts(from: $from, to: $to) { date paused } } }',
    { from: day(from), to: day(to) },
  )
  const paused = me.dayReceipts.flatMap((receipt: { date: string; paused: boolean }) => (receipt.paused ? [receipt.date] : []))
  return { currentStreak: me.currentStreak, longestStreak: me.longestStreak, paused }
}

test('pauses are listed oldest first, and joined where they touch, under the older id', async () => {
  const client = await makeMember(app)
  const [first] = await pause(client, 10, 12)
  expect(inDays(await pause(client, 2, 3))).toEqual([
    [day(2), day(3)],
    [day(10), day(12)],
  ])
  expect(await pause(client, 4, 9)).toEqual([{ id: first?.id, from: day(2), to: day(12) }])
  expect(await pausesOf(client)).toEqual([{ id: first?.id, from: day(2), to: day(12) }])
})

test('what is no pause is rejected, and leaves none', async () => {
  const client = await makeMember(app)
  const rejection = (from: string, to: string) => client.rejection(pauseDays, { input: { from, to } })
  expect(await rejection(day(-1), day(3))).toMatchObject({ code: 'DATE_OUT_OF_RANGE', earliest: day(0), latest: day(731) })
  expect(await rejection(day(3), '9999-12-31')).toMatchObject({ code: 'DATE_OUT_OF_RANGE' })
  expect(await rejection(day(3), day(2))).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'input.to' }] })
  expect(await rejection(day(0), day(366))).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'input.to' }] })
  expect(await pausesOf(client)).toEqual([])
})

test('there are fifty pauses at most that are not over', async () => {
  const client = await makeMember(app)
  for (let n = 0; n < 50; n++) await pause(client, 2 * n, 2 * n)
  expect(await client.rejection(pauseDays, { input: { from: day(200), to: day(200) } })).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    limit: 50,
  })
  expect(await pausesOf(client)).toHaveLength(50)
})

test('what of a pause is not over is taken back', async () => {
  const client = await makeMember(app)
  const [begun] = await pause(client, 0, 5)
  const [, coming] = await pause(client, 10, 11)
  clock.set(`${day(2)}T12:00:00Z`)
  expect(await resume(client, begun?.id)).toEqual([{ id: begun?.id, from: day(0), to: day(1) }, coming])
  expect(await resume(client, begun?.id), 'once more').toEqual([{ id: begun?.id, from: day(0), to: day(1) }, coming])
  expect(await resume(client, coming?.id)).toEqual([{ id: begun?.id, from: day(0), to: day(1) }])
  for (const id of [coming?.id, randomUUID()])
    expect(await client.rejection(resumeDays, { input: { id } })).toMatchObject({ code: 'NOT_FOUND' })
})

/** Mutation check: red without `paused` in readStreaks. */
test('days off neither make nor break a streak, whatever was checked on them', async () => {
  const client = await makeMember(app)
  const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
  await pause(client, 2, 4)
  await live(client, basicMissions[0]?.id, { through: 7, checkedOn: [0, 1, 3, 5, 6] })
  expect(await historyOf(client, 0, 6)).toEqual({ currentStreak: 4, longestStreak: 4, paused: [day(2), day(3), day(4)] })
  await pause(client, 7, 7)
  clock.set(`${day(8)}T12:00:00Z`)
  await sweep(app)
  expect((await historyOf(client, 0, 7)).currentStreak, 'ends before a pause').toBe(4)
})

test('a streak outlives a pause that is longer than history is kept, though nobody closed its days', async () => {
  const client = await makeMember(app)
  const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
  await client.run(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: true } })
  await pause(client, 1, 59)
  clock.set(`${day(1)}T12:00:00Z`)
  await sweep(app)
  clock.set(`${day(60)}T12:00:00Z`)
  await sweep(app)
  await client.run(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: true } })
  clock.set(`${day(61)}T12:00:00Z`)
  await sweep(app)
  const { me } = await client.run(`{ me { currentStreak dayReceipts(from: "${day(0)}", to: "${day(60)}") { date } } }`)
  expect(me.dayReceipts.length, 'days without a receipt').toBeLessThan(40)
  expect(me.currentStreak).toBe(2)
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('a late check of a day off gives a receipt that says so', async () => {
  const client = await makeMember(app)
  const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
  await pause(client, 0, 0)
  clock.set(`${day(1)}T12:00:00Z`)
  await sweep(app)
  const { checkMission: checked } = await client.run(
    'mutation ($input: CheckMissionInput!) { checkMission(input: $input) { receipt { date checkedCount version paused } } }',
    { input: { missionId: basicMissions[0]?.id, isChecked: true, checkedAt: `${day(0)}T20:00:00Z` } },
  )
  expect(checked.receipt).toEqual({ date: day(0), checkedCount: 1, version: 2, paused: true })
})

test('a pause that was over more than 31 days ago is not listed, and its receipts say paused as long as there are any', async () => {
  const client = await makeMember(app)
  await addScenario(client, { basicMissions: lines('Keys') })
  await pause(client, 0, 1)
  await live(client, undefined, { through: 33, checkedOn: [] })
  expect(await pausesOf(client)).toEqual([])
  expect((await historyOf(client, 0, 32)).paused).toEqual([day(0), day(1)])
  const purged = async (ahead: number) => {
    clock.set(`${day(ahead)}T12:00:00Z`)
    await app.app.runner.run(expiredPurge, new AbortController().signal)
    return [await app.database.pause.count(), await app.database.dayClose.count({ where: { date: { lte: new Date(day(1)) } } })]
  }
  expect(await purged(400)).toEqual([1, 2])
  expect(await purged(401)).toEqual([1, 1])
  expect(await purged(402)).toEqual([0, 0])
})

test('phones are told of every change of the days off, and of none where nothing changes', async () => {
  const client = await makeMember(app)
  await addScenario(client, { notification: notificationAt() })
  const etags = [(await readFeed(client)).etag]
  const changes = async (change: () => Promise<unknown>) => {
    await change()
    const { etag, notModified } = await readFeed(client, etags.at(-1))
    etags.push(etag)
    return !notModified
  }
  expect(await changes(() => pause(client, 0, 3))).toBe(true)
  expect(await changes(() => pause(client, 1, 2))).toBe(false)
  expect(await changes(() => pause(client, 4, 4))).toBe(true)
  const [{ id } = { id: '' }] = await pausesOf(client)
  expect(await changes(() => resume(client, id))).toBe(true)
  expect(await changes(() => client.rejection(resumeDays, { input: { id } }))).toBe(false)
  expect(new Set(etags).size).toBe(4)
})

test('verify finds pauses that touch, and a day that came into a pause after it was closed', async () => {
  const client = await makeMember(app)
  await pause(client, 1, 2)
  const insert = (from: string, to: string) => app.database.$executeRaw`
    INSERT INTO pause (member_id, id, starts_on, ends_on, created_at)
    VALUES (${client.memberId}::uuid, gen_random_uuid(), ${from}::date, ${to}::date, ${clock.now()})`
  await insert(day(3), day(3))
  expect(await app.app.closing.findViolations()).toMatchObject([{ invariant: 'pauses of a member neither overlap nor adjoin', count: 1 }])
  await app.database.$executeRaw`DELETE FROM pause`
  clock.set(`${day(1)}T12:00:00Z`)
  await sweep(app)
  clock.set(`${day(1)}T12:00:01Z`)
  await insert(day(0), day(0))
  expect(await app.app.closing.findViolations()).toMatchObject([{ invariant: 'no day came into a pause once it was closed', count: 1 }])
})
