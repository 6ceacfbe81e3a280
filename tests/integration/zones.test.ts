import { expect, test } from 'vitest'
import { addDays } from '../../src/dates.js'
import { appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, type Client, checkMission, lines, makeMember } from '../support/client.js'
import { sweep } from '../support/days.js'
import { ManualClock } from '../support/manual-clock.js'

const zones = [
  'Asia/Seoul',
  'Africa/Cairo',
  'Asia/Beirut',
  'America/Havana',
  'America/Santiago',
  'Atlantic/Azores',
  'America/New_York',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'UTC',
]
const hourMs = 3_600_000

/** The local date by another implementation of time zones than PostgreSQL's: Node's. */
const formats = new Map(zones.map((zone) => [zone, new Intl.DateTimeFormat('en-CA', { timeZone: zone })]))
const dateIn = (zone: string, instant: Date) => formats.get(zone)?.format(instant) as string

/** A step is shorter than any day, and no divisor of one, so that the sweeps come at every time of the day. */
async function liveThrough(from: string, to: string, stepMs: number) {
  const clock = new ManualClock(from)
  const app = await appForThisTest({ clock })
  const members = new Map<string, string>()
  for (const timeZone of zones) {
    const client = await makeMember(app, { timeZone })
    await addScenario(client, { basicMissions: lines('Keys') })
    members.set(client.memberId, timeZone)
  }
  const firstDays = new Map([...members].map(([id, zone]) => [id, dateIn(zone, new Date(from))]))
  // Nobody stays away in this story.
  await app.database.$executeRaw`UPDATE member SET last_seen_on = '9999-12-31'`
  for (let at = Date.parse(from); at <= Date.parse(to); at += stepMs) {
    clock.set(new Date(at).toISOString())
    await sweep(app)
  }
  for (const [memberId, zone] of members) {
    const receipts = await app.database.dayClose.findMany({ where: { memberId }, orderBy: { closedAt: 'asc' } })
    expect(receipts.length).toBeGreaterThan(0)
    let expected = firstDays.get(memberId) as string
    for (const { date, closedAt } of receipts.toSorted((a, b) => +a.closedAt - +b.closedAt || +a.date - +b.date)) {
      const closed = date.toISOString().slice(0, 10)
      expect(closed, `${zone}: each date once, in order, none left out`).toBe(expected)
      const graceMs = 120_000
      expect(
        dateIn(zone, new Date(+closedAt - graceMs)) > closed,
        `${zone}: ${closed} was closed at ${closedAt.toISOString()}, not early`,
      ).toBe(true)
      // A skipped date is over as soon as it begins.
      expect(dateIn(zone, new Date(+closedAt - graceMs - stepMs)) <= closed, `${zone}: ${closed}, not late`).toBe(true)
      expected = addDays(expected, 1)
    }
    expect(expected >= dateIn(zone, new Date(Date.parse(to) - stepMs - hourMs)), `${zone}: up to the end`).toBe(true)
  }
  expect(await app.app.closing.findViolations()).toEqual([])
}

const long = process.env.LONG === 'true'

test('every local date of twelve zones is closed once, in order, none early: around a skipped date', () =>
  liveThrough('2011-12-25T00:00:00Z', '2012-01-05T00:00:00Z', hourMs / 2))

test(
  `every local date of twelve zones is closed once, in order, none early: ${long ? 'ten years' : 'a year'}`,
  () =>
    long
      ? liveThrough('2016-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 7 * hourMs)
      : liveThrough('2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 11 * hourMs),
  1_800_000,
)

async function start(instant: string, timeZone: string) {
  const clock = new ManualClock(instant)
  const app = await appForThisTest({ clock })
  const client = await makeMember(app, { timeZone })
  return { clock, app, client }
}

const update = async (client: Client, input: object) =>
  (
    await client.run('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { today timeZone dayStartsAt } } }', {
      input,
    })
  ).updateMember.member
const today = async (client: Client) => (await client.run('{ me { today } }')).me.today
const closedDates = async (app: TestApp, client: Client) =>
  (await app.database.dayClose.findMany({ where: { memberId: client.memberId }, orderBy: { date: 'asc' } })).map(({ date }) =>
    date.toISOString().slice(0, 10),
  )

test.each([
  ['Seoul at 23:59', '2026-03-15T14:59:00Z', 'Asia/Seoul', '2026-03-15'],
  ['Seoul at 00:00', '2026-03-15T15:00:00Z', 'Asia/Seoul', '2026-03-16'],
  ['Cairo after the midnight that does not exist', '2026-04-23T22:00:00Z', 'Africa/Cairo', '2026-04-24'],
  ['Havana in the first of two midnight hours', '2026-11-01T04:30:00Z', 'America/Havana', '2026-11-01'],
  ['Apia before its skipped date', '2011-12-30T09:59:00Z', 'Pacific/Apia', '2011-12-29'],
  ['Apia after its skipped date', '2011-12-30T10:00:00Z', 'Pacific/Apia', '2011-12-31'],
])('today in %s', async (_what, instant, timeZone, expected) => {
  const { client } = await start(instant, timeZone)
  expect(await today(client)).toBe(expected)
})

test('a day that starts at three is the day before until then', async () => {
  const { clock, app, client } = await start('2026-03-15T16:00:00Z', 'Asia/Seoul') // 01:00 on the 16th
  await app.database
    .$executeRaw`UPDATE member SET closed_through = '2026-03-14', next_close_at = '2026-03-15T18:02:00Z', day_starts_at = '03:00'`
  expect(await today(client)).toBe('2026-03-15')
  clock.set('2026-03-15T18:00:00Z')
  expect(await today(client)).toBe('2026-03-16')
  expect(await sweep(app)).toBe(0)
  clock.set('2026-03-15T18:02:00Z')
  expect(await sweep(app)).toBe(1)
})

test('a start of day moved to three at one in the morning neither reopens the day before nor loses one', async () => {
  const { clock, app, client } = await start('2026-03-15T03:00:00Z', 'Asia/Seoul')
  clock.set('2026-03-15T16:00:00Z')
  await sweep(app)
  expect(await update(client, { dayStartsAt: '03:00' })).toMatchObject({ today: '2026-03-16', dayStartsAt: '03:00' })
  clock.set('2026-03-16T17:59:00Z') // 02:59 on the 17th
  expect(await today(client)).toBe('2026-03-16')
  expect(await sweep(app)).toBe(0)
  clock.set('2026-03-16T18:02:00Z')
  expect(await sweep(app)).toBe(1)
  expect(await closedDates(app, client)).toEqual(['2026-03-15', '2026-03-16'])
})

test.each([
  ['west', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'],
  ['east', 'Pacific/Pago_Pago', 'Pacific/Kiritimati'],
])('a journey %s across the date line right after a close: no day twice, none reopened, none lost', async (_direction, from, to) => {
  const { clock, app, client } = await start('2026-03-15T00:00:00Z', from)
  const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
  const first = await today(client)
  // The first instant at which a day has been closed.
  for (let at = Date.parse('2026-03-15T00:00:00Z'); (await closedDates(app, client)).length === 0; at += hourMs / 4) {
    clock.set(new Date(at).toISOString())
    await sweep(app)
  }
  const before = await today(client)
  const after = await update(client, { timeZone: to })
  expect(after.today >= addDays(first, 1)).toBe(true)
  expect(after.today >= before).toBe(true)
  expect(await client.rejection(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: true, date: first } })).toMatchObject({
    code: 'DAY_CLOSED',
  })
  await client.run(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: true } })

  await app.database.$executeRaw`UPDATE member SET last_seen_on = '9999-12-31'`
  const start_ = clock.now().getTime()
  for (let at = start_; at < start_ + 5 * 24 * hourMs; at += hourMs) {
    clock.set(new Date(at).toISOString())
    await sweep(app)
    const [{ closedThrough, local } = { closedThrough: '', local: '' }] = await app.database.$queryRaw<
      { closedThrough: string; local: string }[]
    >`
      SELECT closed_through::text AS "closedThrough", local_date(${clock.now().toISOString()}::timestamptz, time_zone, day_starts_at, closed_through)::text AS local FROM member`
    expect(local > closedThrough).toBe(true)
  }
  const dates = await closedDates(app, client)
  expect(dates).toEqual(dates.map((_, index) => addDays(first, index)))
  expect(dates.length).toBeGreaterThanOrEqual(4)
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('a zone that PostgreSQL does not know by this name is rejected', async () => {
  const { client } = await start('2026-03-15T00:00:00Z', 'UTC')
  for (const timeZone of ['Mars/Olympus', 'asia/seoul', 'KST', 'posix/Asia/Seoul', 'UTC+9']) {
    const mutation = 'mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { id } } }'
    expect(await client.rejection(mutation, { input: { timeZone } }), timeZone).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.timeZone' }],
    })
  }
})
