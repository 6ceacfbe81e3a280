import fc from 'fast-check'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { addDays } from '../../src/dates.js'
import { readOccurrences } from '../../src/notification/notification.sql.js'
import type { ScenarioNotification } from '../../src/notification/notification.types.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, makeMember, pauseDays } from '../support/client.js'
import { everyDay, notificationAt } from '../support/feed.js'
import { dayStart, localDate } from '../support/local-dates.js'
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

const takeOff = (client: Client, from: string, to: string) => client.run(pauseDays, { input: { from, to } })

/** The next rings of a member's alarms, by the scenarios' ids. */
async function ringsOf(client: Client, count: number): Promise<Map<string, string[]>> {
  const query = 'query ($count: Int!) { notifications { items { scenarioId nextOccurrences(count: $count) } } }'
  const { notifications } = await client.run(query, { count })
  return new Map(
    notifications.items.map((item: { scenarioId: string; nextOccurrences: string[] }) => [item.scenarioId, item.nextOccurrences]),
  )
}
const rings = async (client: Client, count: number) =>
  [...(await ringsOf(client, count)).values()].map((all) => all.map((at) => at.slice(0, 16)))

test('an alarm leaves out days off, and goes on after them', async () => {
  const client = await makeMember(app)
  await addScenario(client, { notification: notificationAt('07:30') })
  await takeOff(client, '2026-03-17', '2026-03-18')
  await takeOff(client, '2026-03-20', '2027-03-01')
  expect(await rings(client, 4)).toEqual([['2026-03-16T07:30', '2026-03-19T07:30', '2027-03-02T07:30', '2027-03-03T07:30']])
})

test('an alarm for Mondays whose Mondays are all off for a year rings on the one after', async () => {
  const client = await makeMember(app)
  await addScenario(client, { notification: notificationAt('07:30', ['MONDAY']) })
  for (let week = 0; week < 50; week++) await takeOff(client, addDays('2026-03-16', 7 * week), addDays('2026-03-16', 7 * week))
  expect(await rings(client, 2)).toEqual([['2027-03-01T07:30', '2027-03-08T07:30']])
})

/**
 * With a hundred alarms and fifty pauses it was a million times, and took 7 s. PostgreSQL counts the calls of its functions.
 * Mutation check: red with `local_date` in the condition of each pause (which is where PostgreSQL puts it without OFFSET 0).
 */
test('the local date of a ring is looked for once, however many pauses there are', async () => {
  const client = await makeMember(app)
  await addScenario(client, { notification: notificationAt('07:30', ['MONDAY']) })
  for (let week = 0; week < 50; week++) await takeOff(client, addDays('2026-03-16', 7 * week), addDays('2026-03-16', 7 * week))
  const items = [{ scenarioId: 'any', daysOfWeek: ['MONDAY'], time: '07:30' }] as unknown as ScenarioNotification[]
  const calls = await app.database.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL track_functions = 'pl'`
    expect((await readOccurrences(tx, clock, client.memberId, items, 60)).get('any')).toHaveLength(60)
    const [row] = await tx.$queryRaw<[{ calls: number }]>`SELECT calls::int FROM pg_stat_xact_user_functions WHERE funcname = 'local_date'`
    return row.calls
  })
  // At most 60 dates that are wanted, 7 more, and 4 for each pause.
  expect(calls).toBeGreaterThanOrEqual(110)
  expect(calls).toBeLessThanOrEqual(267)
})

test("an alarm before the start of a night owl's day belongs to the day before", async () => {
  const client = await makeMember(app)
  await client.run('mutation { updateMember(input: { dayStartsAt: "03:00" }) { member { id } } }')
  await addScenario(client, { notification: notificationAt('01:00') })
  await takeOff(client, '2026-03-16', '2026-03-16')
  expect(await rings(client, 2)).toEqual([['2026-03-16T01:00', '2026-03-18T01:00']])
})

/**
 * Beside Node's own zones. Mutation check: red without the last condition of readOccurrences, and with `LIMIT` of so many dates as are
 * wanted, or of weeks after today in place of after the last pause.
 */
test('whatever is off, the next rings are the first ones that are not on days off', async () => {
  const zone = fc.constantFrom(
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Havana',
    'Asia/Seoul',
    'Pacific/Kiritimati',
    'Etc/GMT+12',
  )
  const quarter = fc
    .tuple(fc.nat(23), fc.nat(3))
    .map(([hour, quarter]) => `${hour}`.padStart(2, '0') + [':00', ':15', ':30', ':45'][quarter])
  const alarm = fc.record({
    time: fc.oneof(quarter, fc.constantFrom('00:15', '02:15', '02:30')),
    days: fc.shuffledSubarray(everyDay, { minLength: 1 }),
  })
  const days = fc.record({ from: fc.oneof(fc.nat(20), fc.nat(400)), length: fc.oneof(fc.nat(3), fc.nat(200)) })
  const instant = fc.constantFrom('2026-03-07T20:10:00Z', '2026-10-31T23:50:00Z', '2026-04-04T14:00:00Z', '2026-06-30T10:30:00Z')
  const startsAt = fc.constantFrom('00:00', '02:15', '03:00', '23:45')
  const plan = {
    zone,
    startsAt,
    instant,
    alarms: fc.array(alarm, { minLength: 1, maxLength: 4 }),
    off: fc.array(days, { maxLength: 6 }),
    count: fc.constantFrom(1, 3, 20),
  }
  await fc.assert(
    fc.asyncProperty(fc.record(plan), async ({ zone, startsAt, instant, alarms, off, count }) => {
      clock.set(instant)
      const now = Date.parse(instant)
      const client = await makeMember(app, { timeZone: zone })
      await client.run('mutation ($at: LocalTime!) { updateMember(input: { dayStartsAt: $at }) { member { id } } }', { at: startsAt })
      const { me } = await client.run('{ me { today } }')
      const daysOff = new Set<string>()
      for (const { from, length } of off) {
        const [first, last] = [addDays(me.today, from), addDays(me.today, from + length)]
        await takeOff(client, first, last).catch((error) => expect(`${error}`).toContain('366 days at most'))
      }
      for (const { from, to } of (await client.run('{ me { pauses { from to } } }')).me.pauses)
        for (let date = from; date <= to; date = addDays(date, 1)) daysOff.add(date)
      const expected = new Map<string, string[]>()
      for (const { time, days } of alarms) {
        const { id } = await addScenario(client, { notification: notificationAt(time, days) })
        const found: string[] = []
        for (let date = addDays(localDate(now, zone, '00:00'), -1); found.length < count; date = addDays(date, 1)) {
          const at = dayStart(date, zone, time)
          const name = new Date(`${date}T00:00:00Z`).toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' }).toUpperCase()
          const day = localDate(at, zone, startsAt)
          if (at > now && days.includes(name) && !daysOff.has(day < me.today ? me.today : day)) found.push(new Date(at).toISOString())
        }
        expected.set(id, found)
      }
      expect(await ringsOf(client, count)).toEqual(expected)
    }),
    { numRuns: process.env.LONG === 'true' ? 1_000 : 60 },
  )
})
