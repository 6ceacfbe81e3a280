import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { addScenario, type Client, checkMission, lines, makeMember, mutation } from '../support/client.js'
import { notificationAt } from '../support/feed.js'
import { ManualClock } from '../support/manual-clock.js'

const updateMember = (client: Client, input: object) => client.run(mutation('updateMember', 'member { today }'), { input })

async function start() {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const client = await makeMember(app, { timeZone: 'UTC' })
  return { clock, app, client }
}

// Apps tell their zone at each start. Mutation check: red where closeEndedDays runs for a zone that is given and no other one.
test('the zone and the start of day that a member has already, told once more, leave yesterday its grace', async () => {
  const { clock, client } = await start()
  const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
  clock.set('2026-03-16T00:01:00Z')
  await updateMember(client, { timeZone: 'UTC', dayStartsAt: '00:00' })
  const input = { missionId: basicMissions[0]?.id, isChecked: true, date: '2026-03-15' }
  const { checkMission: checked } = await client.run(checkMission, { input })
  expect(checked.checklist).toMatchObject({ date: '2026-03-15', closed: false, checkedCount: 1 })
})

test("another start of day, which moves an alarm into a day off or out of it, is another etag; the member's own is not", async () => {
  const { client } = await start()
  await addScenario(client, { notification: notificationAt('01:00') })
  await client.run(mutation('pauseDays', 'member { id }'), { input: { from: '2026-03-16', to: '2026-03-16' } })
  const feed = async () => (await client.run('{ notifications { etag items { nextOccurrences(count: 1) } } }')).notifications
  const before = await feed()
  await updateMember(client, { dayStartsAt: '03:00' })
  const after = await feed()
  expect([before, after].map(({ items }) => items[0].nextOccurrences)).toEqual([['2026-03-17T01:00:00.000Z'], ['2026-03-16T01:00:00.000Z']])
  expect(after.etag).not.toBe(before.etag)
  await updateMember(client, { dayStartsAt: '03:00', timeZone: 'UTC' })
  expect((await feed()).etag).toBe(after.etag)
})
