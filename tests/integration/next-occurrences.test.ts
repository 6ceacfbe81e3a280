import { afterAll, beforeAll, expect, test } from 'vitest'
import { appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, makeMember } from '../support/client.js'
import { everyDay, notificationAt } from '../support/feed.js'
import { ManualClock } from '../support/manual-clock.js'

const clock = new ManualClock('2026-01-01T00:00:00Z')
let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ clock })
})
afterAll(() => app.stop())

const query = `query ($count: Int!) { notifications { items { scenarioId nextOccurrences(count: $count) } } }`

async function occurrences(client: Client, count: number): Promise<string[][]> {
  const { notifications } = await client.run(query, { count })
  return notifications.items.map(({ nextOccurrences }: { nextOccurrences: string[] }) => nextOccurrences)
}

/** The next rings of one alarm after an instant, without seconds: 2026-03-07T12:30. */
async function rings(timeZone: string, after: string, time: string, { count = 3, daysOfWeek = everyDay } = {}) {
  clock.set(after)
  const client = await makeMember(app, { timeZone })
  await addScenario(client, { notification: notificationAt(time, daysOfWeek) })
  const [instants = []] = await occurrences(client, count)
  for (const instant of instants) expect(instant).toMatch(/:00\.000Z$/)
  return instants.map((instant) => instant.slice(0, 16))
}

test('where the clock never changes, an alarm rings every 24 hours', async () => {
  expect(await rings('Asia/Seoul', '2026-03-07T22:29:59Z', '07:30')).toEqual(['2026-03-07T22:30', '2026-03-08T22:30', '2026-03-09T22:30'])
  // At the very instant it rings, the next one is tomorrow's.
  expect(await rings('Asia/Seoul', '2026-03-07T22:30:00Z', '07:30', { count: 1 })).toEqual(['2026-03-08T22:30'])
})

test('07:30 stays 07:30 across clock changes', async () => {
  expect(await rings('America/New_York', '2026-03-07T00:00:00Z', '07:30')).toEqual([
    '2026-03-07T12:30',
    '2026-03-08T11:30',
    '2026-03-09T11:30',
  ])
  expect(await rings('America/New_York', '2026-10-31T00:00:00Z', '07:30')).toEqual([
    '2026-10-31T11:30',
    '2026-11-01T12:30',
    '2026-11-02T12:30',
  ])
  // Half an hour, on Lord Howe.
  expect(await rings('Australia/Lord_Howe', '2026-04-03T12:00:00Z', '07:30')).toEqual([
    '2026-04-03T20:30',
    '2026-04-04T21:00',
    '2026-04-05T21:00',
  ])
})

test('a time that the clock leaps over rings at the first instant after the leap', async () => {
  // 02:00 becomes 03:00 on 8 March: all of them ring at 07:00 UTC that day.
  for (const time of ['02:00', '02:30', '02:59']) {
    expect((await rings('America/New_York', '2026-03-08T00:00:00Z', time, { count: 1 }))[0], time).toBe('2026-03-08T07:00')
  }
  expect(await rings('America/New_York', '2026-03-08T00:00:00Z', '03:00', { count: 1 })).toEqual(['2026-03-08T07:00'])
  expect(await rings('America/New_York', '2026-03-08T00:00:00Z', '01:59', { count: 1 })).toEqual(['2026-03-08T06:59'])
  // 00:00 becomes 01:00 on Friday, 24 April, in Cairo: still Friday's alarm.
  expect(await rings('Africa/Cairo', '2026-04-20T00:00:00Z', '00:15', { count: 2, daysOfWeek: ['FRIDAY'] })).toEqual([
    '2026-04-23T22:00',
    '2026-04-30T21:15',
  ])
  // 02:00 becomes 02:30 on 4 October on Lord Howe.
  expect(await rings('Australia/Lord_Howe', '2026-10-03T10:00:00Z', '02:10', { count: 2 })).toEqual([
    '2026-10-03T15:30',
    '2026-10-04T15:10',
  ])
})

test('a time that happens twice rings once, the first time', async () => {
  // 01:00 to 02:00 twice on 1 November.
  expect(await rings('America/New_York', '2026-10-31T12:00:00Z', '01:30', { count: 2 })).toEqual(['2026-11-01T05:30', '2026-11-02T06:30'])
  // Between the two: it has rung.
  expect(await rings('America/New_York', '2026-11-01T05:45:00Z', '01:30', { count: 1 })).toEqual(['2026-11-02T06:30'])
  // 00:00 to 01:00 twice on 1 November in Havana, midnight included.
  expect(await rings('America/Havana', '2026-10-31T12:00:00Z', '00:00', { count: 2 })).toEqual(['2026-11-01T04:00', '2026-11-02T05:00'])
  expect(await rings('America/Havana', '2026-10-31T12:00:00Z', '00:30', { count: 2 })).toEqual(['2026-11-01T04:30', '2026-11-02T05:30'])
  // 01:30 to 02:00 twice on 5 April on Lord Howe.
  expect(await rings('Australia/Lord_Howe', '2026-04-04T10:00:00Z', '01:45', { count: 2 })).toEqual([
    '2026-04-04T14:45',
    '2026-04-05T15:15',
  ])
})

test('a date that the zone leaves out has no ring', async () => {
  // Samoa went from Thursday, 29 December 2011, to Saturday.
  expect(await rings('Pacific/Apia', '2011-12-29T00:00:00Z', '07:30')).toEqual(['2011-12-29T17:30', '2011-12-30T17:30', '2011-12-31T17:30'])
  expect(await rings('Pacific/Apia', '2011-12-25T00:00:00Z', '07:30', { count: 2, daysOfWeek: ['FRIDAY'] })).toEqual([
    '2012-01-05T17:30',
    '2012-01-12T17:30',
  ])
})

test('an alarm of one day rings every week, as many times as asked for', async () => {
  const instants = await rings('Asia/Seoul', '2026-03-04T00:00:00Z', '07:30', { count: 60, daysOfWeek: ['THURSDAY'] })
  expect(instants).toHaveLength(60)
  expect([instants[0], instants[1], instants[59]]).toEqual(['2026-03-04T22:30', '2026-03-11T22:30', '2027-04-21T22:30'])
})

test('each alarm of a feed has its own, and a count is 1 to 60', async () => {
  clock.set('2026-03-04T00:00:00Z')
  const client = await makeMember(app, { timeZone: 'Asia/Seoul' })
  for (const time of ['07:30', '08:00', '09:10']) await addScenario(client, { notification: notificationAt(time) })
  expect((await occurrences(client, 1)).flat().sort()).toEqual(
    ['2026-03-04T00:10', '2026-03-04T22:30', '2026-03-04T23:00'].map((i) => `${i}:00.000Z`),
  )
  const { notifications } = await client.run('{ notifications { items { nextOccurrences few: nextOccurrences(count: 2) } } }')
  for (const { nextOccurrences, few } of notifications.items) expect(few.slice(0, 1)).toEqual(nextOccurrences)
  for (const count of [0, -1, 61]) {
    expect(await client.rejection(query, { count })).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'count' }] })
  }
})

// Mutation check: a statement for each count, as it was.
test('whatever aliases and counts an operation has, they are read by one statement', async () => {
  const alone = await appForThisTest({ clock, config: { DATABASE_POOL_SIZE: 1 } })
  const client = await makeMember(alone, { timeZone: 'Asia/Seoul' })
  for (const time of ['07:30', '08:00', '09:10']) await addScenario(client, { notification: notificationAt(time) })
  const reads = async () => {
    const [row] = await alone.database.$queryRaw<{ count: number }[]>`
      SELECT coalesce(sum(generic_plans + custom_plans), 0)::int AS count FROM pg_prepared_statements WHERE statement ~ 'jsonb_to_recordset'`
    return row?.count ?? 0
  }
  const counts = Array.from({ length: 10 }, (_, index) => index + 1)
  const document = `{ notifications { items { ${counts.map((count) => `a${count}: nextOccurrences(count: ${count})`).join(' ')} } } }`
  // By graphql-js, and then by graphql-jit.
  for (let turn = 1; turn <= 3; turn++) {
    const { notifications } = await client.run(document)
    for (const item of notifications.items) for (const count of counts) expect(item[`a${count}`]).toEqual(item.a10.slice(0, count))
    expect(notifications.items[0].a10).toHaveLength(10)
    expect(await reads()).toBe(turn)
  }
})
