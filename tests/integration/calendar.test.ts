import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../src/dates.js'
import { readTimeZones } from '../../src/member/member.sql.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, lines, makeMember } from '../support/client.js'
import { sweep } from '../support/days.js'
import { seeded } from '../support/hostile.js'
import { ManualClock } from '../support/manual-clock.js'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const long = process.env.LONG === 'true'

describe('day_start and local_date', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp()
  })
  afterAll(() => app.stop())

  const dayStart = async (date: string, zone: string, start: string) => {
    const [row] = await app.database.$queryRaw<{ at: Date }[]>`SELECT day_start(${date}::date, ${zone}, ${start}::time) AS at`
    return row?.at.toISOString().slice(0, 16)
  }
  const localDate = async (at: string, zone: string, start: string, closedThrough: string | null = null) => {
    const [row] = await app.database.$queryRaw<{ date: string }[]>`
      SELECT local_date(${at}::timestamptz, ${zone}, ${start}::time, ${closedThrough}::date)::text AS date`
    return row?.date
  }

  // Mutation check: red with the functions of 0001_init, which take the second instant of a repeated hour (New York, Havana, Lord
  // Howe, Troll) and shift a start within a gap by the gap's length (New York 02:15, Cairo 00:30, Apia 12:00).
  test.each([
    ['an ordinary day', 'Asia/Seoul', '2026-03-15', '03:00', '2026-03-14T18:00'],
    ['within a repeated hour, the first time', 'America/New_York', '2026-11-01', '01:30', '2026-11-01T05:30'],
    ['the end of a repeated hour, once', 'America/New_York', '2026-11-01', '02:00', '2026-11-01T07:00'],
    ['within a gap, at its end', 'America/New_York', '2026-03-08', '02:15', '2026-03-08T07:00'],
    ['at the end of a gap', 'America/New_York', '2026-03-08', '03:00', '2026-03-08T07:00'],
    ['a midnight that comes twice', 'America/Havana', '2026-11-01', '00:00', '2026-11-01T04:00'],
    ['a midnight that does not exist', 'Africa/Cairo', '2026-04-24', '00:00', '2026-04-23T22:00'],
    ['within a missing first hour', 'Africa/Cairo', '2026-04-24', '00:30', '2026-04-23T22:00'],
    ['a midnight that does not exist', 'America/Sao_Paulo', '2018-11-04', '00:00', '2018-11-04T03:00'],
    ['a date that was skipped begins with the next', 'Pacific/Apia', '2011-12-30', '00:00', '2011-12-30T10:00'],
    ['the date after it', 'Pacific/Apia', '2011-12-31', '00:00', '2011-12-30T10:00'],
    ['half of a date is left where the day starts at noon', 'Pacific/Apia', '2011-12-30', '12:00', '2011-12-30T10:00'],
    ['and the next has its own noon', 'Pacific/Apia', '2011-12-31', '12:00', '2011-12-30T22:00'],
    ['half an hour that comes twice', 'Australia/Lord_Howe', '2026-04-05', '01:45', '2026-04-04T14:45'],
    ['half an hour that is left out', 'Australia/Lord_Howe', '2026-10-04', '02:15', '2026-10-03T15:30'],
    ['two hours that come twice', 'Antarctica/Troll', '2026-10-25', '01:30', '2026-10-24T23:30'],
    ['two hours that are left out', 'Antarctica/Troll', '2026-03-29', '02:30', '2026-03-29T01:00'],
  ])('%s: %s, %s at %s', async (_what, zone, date, start, expected) => {
    expect(await dayStart(date, zone, start)).toBe(expected)
    const at = Date.parse(`${expected}Z`)
    expect(((await localDate(new Date(at).toISOString(), zone, start)) as string) >= date).toBe(true)
    expect(((await localDate(new Date(at - 1).toISOString(), zone, start)) as string) < date).toBe(true)
  })

  test('today in New York stays while the hour repeats in which the day started', async () => {
    const dates = []
    for (const time of ['05:29', '05:31', '05:59', '06:05', '06:29', '06:31']) {
      dates.push(await localDate(`2026-11-01T${time}:00Z`, 'America/New_York', '01:30'))
    }
    expect(dates).toEqual(['2026-10-31', ...Array(5).fill('2026-11-01')])
  })

  test('the local date is after the last closed day', async () => {
    expect(await localDate('2026-03-15T12:00:00Z', 'UTC', '00:00', '2026-03-14')).toBe('2026-03-15')
    expect(await localDate('2026-03-15T12:00:00Z', 'UTC', '00:00', '2026-03-16')).toBe('2026-03-17')
  })

  /** A change of a zone's offset from UTC: at an instant, from and to so many milliseconds. */
  type Change = { zone: string; at: number; from: number; to: number }

  /**
   * The changes of 2000 to 2037 of all zones, of zones with the same changes once. Only instants are converted here, which has
   * one right result each. By PostgreSQL and not by Intl, whose time zone data may be of another year.
   */
  async function readChanges(): Promise<Change[]> {
    // Looked at every five days, since changes are at least a week apart, and then halved to the minute.
    const rows = await app.database.$queryRaw<{ zone: string; at: Date; from: number; to: number }[]>`
      WITH RECURSIVE sample AS (
        SELECT zone, at, extract(epoch FROM (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC'))::int AS "offset"
        FROM unnest(${[...(await readTimeZones(app.database))]}::text[]) AS zone,
             generate_series(timestamptz '1999-12-01Z', timestamptz '2038-01-01Z', interval '5 days') AS at
      ), change AS (
        SELECT zone, low, high, "from", "to"
        FROM (SELECT zone, lag(at) OVER zones AS low, at AS high, lag("offset") OVER zones AS "from", "offset" AS "to"
              FROM sample WINDOW zones AS (PARTITION BY zone ORDER BY at)) pair
        WHERE "from" <> "to"
        UNION ALL
        SELECT zone, CASE WHEN changed THEN low ELSE middle END, CASE WHEN changed THEN middle ELSE high END, "from", "to"
        FROM change
        CROSS JOIN LATERAL (SELECT date_trunc('minute', low + (high - low) / 2) AS middle) AS half
        CROSS JOIN LATERAL (
          SELECT extract(epoch FROM (middle AT TIME ZONE zone) - (middle AT TIME ZONE 'UTC')) = "to" AS changed
        ) AS looked
        WHERE high - low > interval '1 minute'
      )
      SELECT min(zone) AS zone, high AS at, "from", "to" FROM change
      WHERE high - low = interval '1 minute'
      GROUP BY high, "from", "to"`
    return rows.map(({ zone, at, from, to }) => ({ zone, at: at.getTime(), from: from * 1_000, to: to * 1_000 }))
  }

  const isoDate = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  const clockTime = (ms: number) => new Date(ms).toISOString().slice(11, 16)

  /** The rule, word by word, around one change: the first minute at which the wall clock shows the date and start, or later. */
  function firstInstant({ at, from, to }: Change, date: string, start: string): number {
    const boundary = Date.parse(`${date}T${start}Z`)
    // No clock is more than 14 hours ahead of UTC.
    let instant = boundary - 14 * hourMs
    while (instant + (instant < at ? from : to) < boundary) instant += minuteMs
    return instant
  }

  const fixedStarts = ['00:00', '00:30', '01:30', '02:15', '02:30', '03:00', '12:00', '23:59']

  /** What the rule says around some changes, at the starts of the day that are touched by them and at any others. */
  function expectations(changes: Change[], random: (below: number) => number) {
    const days = []
    const todays = []
    for (const change of changes) {
      const { zone, at, from, to } = change
      const edges = [from, to].flatMap((offset) => [-1, 0, 1].map((minutes) => clockTime(at + offset + minutes * minuteMs)))
      const anyStarts = Array.from({ length: 4 }, () => clockTime(random(1_440) * minuteMs))
      for (const start of new Set([...fixedStarts, ...edges, ...anyStarts])) {
        const around = [-3, -2, -1, 0, 1, 2, 3].map((offset) => {
          const date = addDays(isoDate(at), offset)
          return { zone, start, date, ms: firstInstant(change, date, start) }
        })
        const instants = [
          ...around.slice(1, -1).flatMap(({ ms }) => [ms - 1, ms]),
          ...[at - 1, at, at + Math.abs(from - to) - 1, at + Math.abs(from - to)],
          ...Array.from({ length: 4 }, () => at + random(2 * dayMs) - dayMs),
        ]
        days.push(...around)
        todays.push(...instants.map((ms) => ({ zone, start, ms, date: around.findLast((day) => day.ms <= ms)?.date })))
      }
    }
    return { days, todays }
  }

  // Mutation check: red with the functions of 0001_init, and with its local_date alone; without by_old, without by_new, with a
  // search by the hour in place of the minute, and without local_date's look at the next date.
  test(`a date begins at its first instant, and today is the latest that has begun: ${long ? 'all changes' : 'a change of each kind'}`, async () => {
    const random = seeded(14)
    const all = await readChanges()
    // Of a kind are changes by the same offsets at the same time of the day: on which date it was makes no difference to the rule.
    const kinds = new Map(all.map((change) => [`${change.from} ${change.to} ${change.at % dayMs}`, change]))
    expect([all.length > 2_000, kinds.size > 100], `${all.length} changes of ${kinds.size} kinds`).toEqual([true, true])

    const changes = long ? all : [...kinds.values()]
    for (let first = 0; first < changes.length; first += 100) {
      const { days, todays } = expectations(changes.slice(first, first + 100), random)
      const wrongDays = await app.database.$queryRaw`
        SELECT zone, start::text, date::text, expected, begins, next_begins
        FROM jsonb_to_recordset(${JSON.stringify(days)}::jsonb) AS day (zone text, start time, date date, ms float8)
        CROSS JOIN LATERAL (
          SELECT to_timestamp(ms / 1000) AS expected, day_start(date, zone, start) AS begins, day_start(date + 1, zone, start) AS next_begins
        ) AS found
        WHERE begins IS DISTINCT FROM expected OR begins > next_begins LIMIT 5`
      expect(wrongDays).toEqual([])
      const wrongTodays = await app.database.$queryRaw`
        SELECT zone, start::text, at, date::text AS expected, today::text
        FROM jsonb_to_recordset(${JSON.stringify(todays)}::jsonb) AS row (zone text, start time, date date, ms float8)
        CROSS JOIN LATERAL (SELECT to_timestamp(ms / 1000) AS at) AS instant
        CROSS JOIN LATERAL (SELECT local_date(at, zone, start, NULL) AS today) AS found
        WHERE today IS DISTINCT FROM date LIMIT 5`
      expect(wrongTodays).toEqual([])
    }
  }, 1_800_000)
})

describe("a member's today", () => {
  const clock = new ManualClock('2026-01-01T00:00:00Z')
  let app: TestApp
  beforeAll(async () => {
    app = await startTestApp({ clock })
  })
  afterAll(() => app.stop())

  // The clock goes back between the tests: nobody stays.
  afterEach(async () => {
    await app.database.$executeRaw`DELETE FROM member`
  })

  const today = async (client: Client): Promise<string> => (await client.run('{ me { today } }')).me.today
  const change = async (client: Client, input: object): Promise<string> =>
    (await client.run('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { today } } }', { input })).updateMember
      .member.today

  const at = (instant: number) => clock.set(new Date(instant).toISOString())

  // Mutation check: red with local_date of 0001_init, by which 06:05 was 31 October again.
  test('it stays, where the hour repeats in which the day started', async () => {
    clock.set('2026-10-31T12:00:00Z')
    const client = await makeMember(app, { timeZone: 'America/New_York' })
    await change(client, { dayStartsAt: '01:30' })
    const dates = []
    for (const time of ['05:29', '05:31', '06:05', '06:31']) {
      clock.set(`2026-11-01T${time}:00Z`)
      dates.push(await today(client))
    }
    expect(dates).toEqual(['2026-10-31', ...Array(3).fill('2026-11-01')])
  })

  // The longest day there is: 24 hours in Kiritimati, 26 more by the clock of Etc/GMT+12, 24 less a minute by the start of the day.
  // Mutation check: red with a bound of one date in the invariant "no day is closed before its end".
  test('it stays for three days after a journey from the first zone to the last, and nothing is broken', async () => {
    clock.set('2026-03-14T10:00:00Z') // midnight in Kiritimati
    const client = await makeMember(app, { timeZone: 'Pacific/Kiritimati' })
    expect(await today(client)).toBe('2026-03-15')
    clock.set('2026-03-15T10:00:00Z')
    expect(await today(client)).toBe('2026-03-16')
    expect(await change(client, { timeZone: 'Etc/GMT+12', dayStartsAt: '23:59' })).toBe('2026-03-16')
    for (let instant = clock.now().getTime(); instant < Date.parse('2026-03-18T11:59:00Z'); instant += 7 * hourMs) {
      at(instant)
      await sweep(app)
      expect(await today(client)).toBe('2026-03-16')
      expect(await app.app.closing.findViolations()).toEqual([])
    }
    clock.set('2026-03-18T11:58:59Z')
    expect(await today(client)).toBe('2026-03-16')
    clock.set('2026-03-18T11:59:00Z')
    expect(await today(client)).toBe('2026-03-17')
  })

  // Mutation check: red without closeEndedDays in Members.update (the date before came back within its grace, and after an absence)
  // and without closed_through in local_date.
  test('it never goes back, at any instants and by any changes of zone and start of day', async () => {
    const random = seeded(2026)
    const pick = <T>(choices: readonly T[]): T => choices[random(choices.length)] as T
    const zones = ['Pacific/Kiritimati', 'Etc/GMT+12', 'America/New_York', 'America/Havana', 'Antarctica/Troll', 'Asia/Seoul'] as const
    const starts = ['00:00', '23:59', '01:30', '02:15', '12:00'] as const
    let changes = 0
    for (let member = 0; member < (long ? 100 : 12); member++) {
      await app.database.$executeRaw`DELETE FROM member`
      // Some days before most zones of the north set their clocks back.
      clock.set('2026-10-22T00:00:00Z')
      const client = await makeMember(app, { timeZone: pick(zones) })
      await addScenario(client, { basicMissions: lines('Keys') })
      let last = await today(client)
      const story = [last]
      const expectNoReturn = (date: string, what: string) => {
        story.push(`${clock.now().toISOString()} ${what} ${date}`)
        expect(date >= last, story.slice(-5).join('\n')).toBe(true)
        last = date
      }
      for (let step = 0; step < 25; step++) {
        const now = clock.now().getTime()
        const days = random(20) === 0 ? 40 : 0
        // Often just after a day's end, before it is closed.
        const [due] = await app.database.$queryRaw<{ at: Date | null }[]>`
          SELECT nullif(next_close_at, 'infinity') AS at FROM member WHERE id = ${client.memberId}::uuid`
        const soon = (due?.at?.getTime() ?? 0) - random(3 * minuteMs)
        at(random(2) === 0 && soon > now ? soon : now + days * dayMs + random(pick([minuteMs, 2 * hourMs, 30 * hourMs])))
        if (random(3) === 0) await sweep(app)
        expectNoReturn(await today(client), 'is')
        if (random(2) === 0) continue
        changes++
        const input = pick([{ timeZone: pick(zones) }, { dayStartsAt: pick(starts) }, { timeZone: pick(zones), dayStartsAt: pick(starts) }])
        expectNoReturn(await change(client, input), JSON.stringify(input))
      }
      await sweep(app)
      expect(await app.app.closing.findViolations()).toEqual([])
    }
    expect(changes).toBeGreaterThan(100)
  })
})
