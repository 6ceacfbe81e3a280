import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { appForThisTest } from '../../../tests/support/app.js'
import { ManualClock } from '../../../tests/support/manual-clock.js'
import type { ChecklistFieldsFragment, ItemFieldsFragment } from '../src/generated/graphql.js'
import { HomeDocument } from '../src/generated/graphql.js'
import { eventually, lines, makeDevice } from './device.js'

/** A phone whose clock is ahead of the server's, two seconds before its member's midnight, with a list on its screen. */
async function phoneAhead(aheadMs: number) {
  const clock = new ManualClock('2026-03-15T23:59:58Z')
  const app = await appForThisTest({ clock })
  const now = () => new Date(clock.now().getTime() + aheadMs)
  const handle = randomUUID()
  await (await makeDevice(app, handle)).perform('createScenario', { name: 'Gym', basicMissions: lines('Towel') })
  const phone = await makeDevice(app, handle, { isLive: true, now })
  let checklists: ChecklistFieldsFragment[] = []
  const shown = phone.apollo.watchQuery({ query: HomeDocument }).subscribe(({ data, dataState }) => {
    if (dataState === 'complete') checklists = data.me.scenarios.map(({ checklist }) => checklist)
  })
  onTestFinished(() => shown.unsubscribe())
  const asked = () => phone.proxy.forwarded.filter((body) => body.includes('query Changes')).length
  // Only what brings changes asks for the nickname.
  await eventually(() => JSON.stringify(phone.apollo.cache.extract())).toContain('nickname')
  await eventually(() => checklists).toMatchObject([{ date: '2026-03-15' }])
  return { clock, phone, asked, checklist: () => checklists[0] as ChecklistFieldsFragment }
}

// Mutation check: red where live.ts asks for what is shown once, by its own clock: it is the day before's, and so is what is checked.
test('on a phone whose clock is ahead, what is checked after midnight counts for the new day', async () => {
  const { clock, phone, asked, checklist } = await phoneAhead(3_000)
  await eventually(asked).toBeGreaterThan(3)
  expect(checklist().date).toBe('2026-03-15')
  // Not much later: a response of before, which comes after this jump, is asked for again after as long as the day is over by then.
  clock.set('2026-03-16T00:00:05Z')
  await eventually(() => checklist().date).toBe('2026-03-16')
  const outcome = await phone.check(checklist().items[0] as ItemFieldsFragment, checklist(), true)
  expect(outcome).toMatchObject({ done: true, payload: { checklist: { date: '2026-03-16', checkedCount: 1 } } })
})

// Mutation check: red where live.ts does not ask again after a failure.
test('a phone that the server is too busy for at midnight shows the new day when it is not', async () => {
  const { clock, phone, checklist } = await phoneAhead(0)
  let rejections = 10
  phone.proxy.answers = (body) => (body.includes('query Changes') && rejections-- > 0 ? 503 : undefined)
  clock.set('2026-03-16T00:00:01Z')
  await eventually(() => checklist().date).toBe('2026-03-16')
  expect(rejections).toBeLessThan(0)
})
