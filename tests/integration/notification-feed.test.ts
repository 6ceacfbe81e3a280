import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, checkMission, lines, makeMember, moveScenario } from '../support/client.js'
import {
  atThePlace,
  deleteScenario,
  type Feed,
  notificationAt,
  place,
  readFeed,
  setNotificationsActive,
  updateScenario,
} from '../support/feed.js'
import { ManualClock } from '../support/manual-clock.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const idsOf = ({ items }: { items: { scenarioId: string }[] | null }) => items?.map(({ scenarioId }) => scenarioId)
const pauseDays = async (client: Client) => {
  const { today } = (await client.run('{ me { today } }')).me
  return client.run('mutation ($day: LocalDate!) { pauseDays(input: { from: $day, to: $day }) { member { id } } }', { day: today })
}
const updateMember = (client: Client, input: object) =>
  client.run('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { id } } }', { input })

test('the feed has the active notifications alone, whatever the order of the list', async () => {
  const client = await makeMember(app)
  expect(await readFeed(client)).toMatchObject({ notModified: false, items: [], places: [] })
  const one = await addScenario(client, {
    name: 'Gym',
    memo: 'Monday is legs',
    notification: notificationAt('18:05', ['FRIDAY', 'MONDAY']),
  })
  await addScenario(client, { name: 'Trip', notification: { ...notificationAt(), active: false } })
  const other = await addScenario(client, { name: 'Leaving home', notification: { ...notificationAt(), method: 'PUSH' } })
  const { items } = await readFeed(client)
  expect(items).toHaveLength(2)
  expect(items).toContainEqual({
    scenarioId: one.id,
    name: 'Gym',
    memo: 'Monday is legs',
    method: 'ALARM',
    daysOfWeek: ['MONDAY', 'FRIDAY'],
    time: '18:05',
  })
  expect(idsOf({ items })).toEqual([one.id, other.id].sort())
})

test('an etag that is still current is answered with notModified, any other with the items', async () => {
  const client = await makeMember(app)
  await addScenario(client, { notification: notificationAt() })
  const { etag, items, places } = await readFeed(client)
  expect(await readFeed(client, etag)).toEqual({ etag, notModified: true, items: null, places: null })
  for (const other of [`${etag}0`, 'W/"1"', '', '*', 'x'.repeat(256)])
    expect(await readFeed(client, other)).toEqual({ etag, notModified: false, items, places })
})

test("a member's etag is no other member's, so that a phone which changes hands gets the right feed", async () => {
  const [one, other] = [await makeMember(app), await makeMember(app)]
  await addScenario(one, { notification: notificationAt() })
  await addScenario(other, { notification: notificationAt('09:00') })
  const { etag } = await readFeed(one)
  expect(await readFeed(other, etag)).toMatchObject({ notModified: false, items: [{ time: '09:00' }] })
})

test('the etag changes with what the feed shows', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client, { notification: notificationAt() })
  const seen = [(await readFeed(client)).etag]
  const changes: [string, () => Promise<unknown>][] = [
    ['a name', () => updateScenario(client, { id, name: 'Another' })],
    ['a memo', () => updateScenario(client, { id, memo: 'A note' })],
    ['a memo emptied', () => updateScenario(client, { id, memo: null })],
    ['a time', () => updateScenario(client, { id, notification: { active: true, time: '07:31' } })],
    ['days', () => updateScenario(client, { id, notification: { active: true, daysOfWeek: ['SUNDAY'] } })],
    ['a method', () => updateScenario(client, { id, notification: { active: true, method: 'PUSH' } })],
    ['a place', () => updateScenario(client, { id, notification: { active: true, place } })],
    ['a wider one', () => updateScenario(client, { id, notification: { active: true, place: { ...place, radiusMeters: 151 } } })],
    ['hours', () => updateScenario(client, { id, notification: { active: true, place: { ...place, from: '22:00', until: '06:00' } } })],
    ['a place alone', () => updateScenario(client, { id, notification: { active: true, time: null } })],
    ['a time alone', () => updateScenario(client, { id, notification: { active: true, time: '07:31', place: null } })],
    ['off', () => updateScenario(client, { id, notification: { active: false } })],
    ['on', () => updateScenario(client, { id, notification: { active: true } })],
    ['all off', () => setNotificationsActive(client, false)],
    ['all on', () => setNotificationsActive(client, true)],
    ['a new one', () => addScenario(client, { notification: notificationAt() })],
    ['one gone', () => deleteScenario(client, id)],
    ['days off', () => pauseDays(client)],
    ['all paused', () => updateMember(client, { notificationsPaused: true })],
    ['no longer', () => updateMember(client, { notificationsPaused: false })],
    ["the member's zone", () => updateMember(client, { timeZone: 'Asia/Seoul' })],
  ]
  for (const [what, change] of changes) {
    await change()
    const { etag } = await readFeed(client)
    expect(seen, what).not.toContain(etag)
    seen.push(etag)
  }
})

test('the etag stays where the feed shows nothing of a change', async () => {
  const client = await makeMember(app, { timeZone: 'Asia/Seoul' })
  const { id, basicMissions } = await addScenario(client, { notification: notificationAt(), basicMissions: lines('Keys', 'Phone') })
  const silent = await addScenario(client, { name: 'Silent' })
  const before = await readFeed(client)
  const creation = { id: randomUUID(), name: 'Another', notification: { active: false } }
  const changes: [string, () => Promise<unknown>][] = [
    ['a move', () => client.run(moveScenario, { input: { id, prevId: null, nextId: silent.id } })],
    ['a check', () => client.run(checkMission, { input: { missionId: basicMissions[0]?.id, isChecked: true } })],
    ['a template', () => updateScenario(client, { id, basicMissions: lines('Keys') })],
    ['what was so before', () => updateScenario(client, { id, name: 'Leaving home', notification: notificationAt() })],
    ['all on again', () => setNotificationsActive(client, true)],
    ['a silent one renamed', () => updateScenario(client, { id: silent.id, name: 'Quiet', memo: 'Hush' })],
    ['a silent one prepared', () => updateScenario(client, { id: silent.id, notification: { active: false, time: '10:00' } })],
    ['a silent one gone', () => deleteScenario(client, silent.id)],
    ['a silent one made', () => addScenario(client, creation)],
    ['its creation repeated', () => addScenario(client, creation)],
    ['a nickname', () => updateMember(client, { nickname: 'Another', timeZone: 'Asia/Seoul' })],
    ['a rejection', () => client.rejection('mutation { updateScenario(input: { id: "x", name: "" }) { listVersion } }')],
  ]
  for (const [what, change] of changes) {
    await change()
    expect(await readFeed(client), what).toEqual(before)
  }
})

test('all notifications that have all they need are switched at once, and their scenarios count it as a change', async () => {
  const client = await makeMember(app)
  const ready = await addScenario(client, { notification: { ...notificationAt(), active: false } })
  const half = await addScenario(client, { notification: { active: false, time: '08:00' } })
  await addScenario(client)
  expect(idsOf(await setNotificationsActive(client, true))).toEqual([ready.id])
  expect(await setNotificationsActive(client, true)).toEqual(await readFeed(client))
  const { scenarios } = await client.run('{ scenarios { id version notification { active time } } }')
  expect(scenarios).toEqual([
    expect.objectContaining({ version: 1, notification: { active: false, time: null } }),
    { id: half.id, version: 1, notification: { active: false, time: '08:00' } },
    { id: ready.id, version: 2, notification: { active: true, time: '07:30' } },
  ])
  expect((await setNotificationsActive(client, false)).items).toEqual([])
})

test('a change of one field of a notification keeps the others', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client, { notification: notificationAt('06:15', ['TUESDAY']) })
  await updateScenario(client, { id, notification: { active: true, time: '06:45' } })
  expect((await readFeed(client)).items).toMatchObject([{ method: 'ALARM', daysOfWeek: ['TUESDAY'], time: '06:45' }])
  await updateScenario(client, { id, notification: { active: false } })
  await updateScenario(client, { id, notification: { active: true } })
  expect((await readFeed(client)).items).toMatchObject([{ method: 'ALARM', daysOfWeek: ['TUESDAY'], time: '06:45' }])
})

/** Red when etagOf takes the member's updated_at, or the clock, in place of the revision. */
test('two changes in one millisecond give two etags', async () => {
  const still = await appForThisTest({ clock: new ManualClock('2026-03-01T00:00:00.000Z') })
  const client = await makeMember(still)
  const { id } = await addScenario(client, { notification: notificationAt() })
  const etags = [(await readFeed(client)).etag]
  for (const name of ['Two', 'Three', 'Leaving home']) {
    await updateScenario(client, { id, name })
    etags.push((await readFeed(client)).etag)
  }
  expect(new Set(etags).size).toBe(4)
})

/** Red when `changed` counts the revision up after the commit: whoever reads in between shows new items by an old etag. */
test('the revision is written by the transaction of the change itself', async () => {
  const client = await makeMember(app)
  const { id } = await addScenario(client, { notification: notificationAt() })
  for (const change of [() => updateScenario(client, { id, name: 'New' }), () => setNotificationsActive(client, false)]) {
    await change()
    const [row] = await app.database.$queryRaw<{ together: boolean }[]>`
      SELECT member.xmin = scenario.xmin AS together FROM member JOIN scenario ON scenario.member_id = member.id WHERE scenario.id = ${id}::uuid`
    expect(row).toEqual({ together: true })
  }
  await pauseDays(client)
  expect(
    await app.database.$queryRaw`
    SELECT member.xmin = pause.xmin AS together FROM member JOIN pause ON pause.member_id = member.id WHERE member.id = ${client.memberId}::uuid`,
  ).toEqual([{ together: true }])
})

/**
 * Readers race four writers of one member: some hundreds of answers over 80 revisions. Red when readFeed's revision
 * is read by a statement of its own.
 */
test('an etag belongs to its items, and equal etags mean equal bytes, while writers race', async () => {
  const client = await makeMember(app)
  const made = await Promise.all(
    [1, 2, 3, 4].map((n) => addScenario(client, { name: `Scenario ${n}`, notification: { ...atThePlace, ...notificationAt() } })),
  )
  const bytesOf = new Map<string, Set<string>>()
  // Each write counts its scenario's memo up by one, and the revision.
  const writesIn = ({ items }: Feed) => (items ?? []).reduce((sum, { memo }) => sum + Number(memo), 0)
  let writing = true
  const read = async () => {
    while (writing) {
      const feed = await readFeed(client)
      expect(feed.etag).toMatch(`2-${4 + writesIn(feed)}-`)
      expect(feed.places?.map(({ memo }) => memo)).toEqual(feed.items?.map(({ memo }) => memo))
      bytesOf.set(feed.etag, (bytesOf.get(feed.etag) ?? new Set()).add(JSON.stringify([feed.items, feed.places])))
    }
  }
  const write = async ({ id }: { id: string }) => {
    for (let turn = 1; turn <= 20; turn++) await updateScenario(client, { id, name: `Turn ${turn}`, memo: `${turn}` })
  }
  const readers = Array.from({ length: 8 }, read)
  await Promise.all(made.map(write)).finally(() => {
    writing = false
  })
  await Promise.all(readers)
  expect(bytesOf.size).toBeGreaterThan(20)
  for (const bytes of bytesOf.values()) expect([...bytes]).toHaveLength(1)
  const last = await readFeed(client)
  expect(last.etag).toMatch(/^2-84-/)
})
