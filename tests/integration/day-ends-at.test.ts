import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { makeMember } from '../support/client.js'
import { sweep } from '../support/days.js'
import { ManualClock } from '../support/manual-clock.js'

let app: TestApp
const clock = new ManualClock('2026-01-01T00:00:00Z')
beforeAll(async () => {
  app = await startTestApp({ clock })
})
afterAll(() => app.stop())

// Mutation check: red with `owner.today + 1` as `owner.today` or 24 hours after its beginning in memberFields (owner.sql.ts).
test.each([
  ['UTC', '00:00', '2026-06-30T12:00:00Z'],
  ['Asia/Seoul', '03:00', '2026-12-30T12:00:00Z'],
  ['America/New_York, where the day begins in an hour that comes twice', '01:30', '2026-10-30T12:00:00Z'],
  ['Africa/Cairo, where a midnight does not exist', '00:00', '2026-04-22T12:00:00Z'],
  ['Australia/Lord_Howe, where half an hour is left out', '02:15', '2026-10-02T12:00:00Z'],
  ['Pacific/Apia, which leaves a date out', '00:00', '2011-12-28T12:00:00Z'],
])('today is today until the instant that is told, and no longer, in %s', async (place, dayStartsAt, from) => {
  clock.set(from)
  const client = await makeMember(app, { timeZone: place.split(',')[0] as string })
  await client.run('mutation ($at: LocalTime) { updateMember(input: { dayStartsAt: $at }) { member { id } } }', { at: dayStartsAt })
  const me = async () => (await client.run('{ me { today dayEndsAt } }')).me as { today: string; dayEndsAt: string }
  const days = []
  for (let day = 1; day <= 5; day++) {
    const now = await me()
    expect(Date.parse(now.dayEndsAt)).toBeGreaterThan(clock.now().getTime())
    clock.set(new Date(Date.parse(now.dayEndsAt) - 1).toISOString())
    expect(await me()).toEqual(now)
    clock.set(now.dayEndsAt)
    expect((await me()).today > now.today).toBe(true)
    days.push(now.today)
    // Whether the days before are closed makes no difference.
    if (day % 2 === 0) await sweep(app)
  }
  expect(new Set(days).size).toBe(5)
})
