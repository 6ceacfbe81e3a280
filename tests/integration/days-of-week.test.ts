import { beforeAll, beforeEach, expect, test } from 'vitest'
import { addDays } from '../../src/dates.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, checkMission, makeMember, mutation } from '../support/client.js'
import { sweep } from '../support/days.js'
import { everyDay, updateScenario } from '../support/feed.js'
import { ManualClock } from '../support/manual-clock.js'

/** The 16th is a Monday. */
const clock = new ManualClock('2026-03-16T12:00:00Z')
let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ clock })
  return () => app.stop()
})
// The clock goes back for each test: what another one has left would break the invariants.
beforeEach(async () => void (await app.database.$executeRaw`DELETE FROM member`))

async function start(basicMissions: object[], time = '2026-03-16T12:00:00Z') {
  clock.set(time)
  const client = await makeMember(app)
  const { id } = await addScenario(client, { basicMissions })
  return { client, id }
}

const missionsOf = async (client: Client) =>
  (await client.run('{ scenarios { basicMissions { id content version daysOfWeek } } }')).scenarios[0].basicMissions

/** What is on the checklist of a date. */
async function contentsOn(client: Client, date: string): Promise<string[]> {
  const { scenarios } = await client.run(
    'query ($date: LocalDate) { scenarios { checklist(date: $date) { totalCount items { content } } } }',
    {
      date,
    },
  )
  const { items, totalCount } = scenarios[0].checklist
  expect(items).toHaveLength(totalCount)
  return items.map(({ content }: { content: string }) => content)
}

test("a line for Mondays and Fridays is on the checklists of their dates, and on no other's", async () => {
  const { client } = await start([{ content: 'Keys' }, { content: 'Racket', daysOfWeek: ['FRIDAY', 'MONDAY'] }])
  for (let ahead = 0; ahead <= 14; ahead++) {
    const expected = [0, 4, 7, 11, 14].includes(ahead) ? ['Keys', 'Racket'] : ['Keys']
    expect(await contentsOn(client, addDays('2026-03-16', ahead)), `${ahead} days ahead`).toEqual(expected)
  }
})

test('days come Monday first and once each, every day where they are left out, and stay where they are left out later', async () => {
  const { client, id } = await start([
    { content: 'Left out' },
    { content: 'Null', daysOfWeek: null },
    { content: 'Twice', daysOfWeek: ['SUNDAY', 'MONDAY', 'SUNDAY'] },
    { content: 'All', daysOfWeek: [...everyDay].reverse() },
  ])
  const before = await missionsOf(client)
  expect(before.map(({ daysOfWeek }: { daysOfWeek: string[] }) => daysOfWeek)).toEqual([everyDay, everyDay, ['MONDAY', 'SUNDAY'], everyDay])
  const sent = before.map(({ id, content }: { id: string; content: string }) => ({ id, content }))
  await updateScenario(client, { id, basicMissions: sent })
  expect(await missionsOf(client)).toEqual(before)
  await updateScenario(client, { id, basicMissions: [...sent.slice(0, 2), { ...sent[2], daysOfWeek: everyDay }, sent[3]] })
  expect((await missionsOf(client))[2]).toMatchObject({ daysOfWeek: everyDay, version: 2 })
})

test('lines that are added and changed one at a time have their days, too', async () => {
  const { client, id } = await start([])
  const addMission = mutation('addMission', 'scenario { basicMissions { id content version daysOfWeek } }')
  const updateMission = mutation('updateMission', 'scenario { basicMissions { content version daysOfWeek } }')
  await client.run(addMission, { input: { scenarioId: id, content: 'Keys' } })
  const { addMission: added } = await client.run(addMission, {
    input: { scenarioId: id, content: 'Racket', daysOfWeek: ['SUNDAY', 'MONDAY', 'MONDAY'] },
  })
  const [, racket] = added.scenario.basicMissions
  expect(added.scenario.basicMissions).toMatchObject([{ daysOfWeek: everyDay }, { version: 1, daysOfWeek: ['MONDAY', 'SUNDAY'] }])
  const update = async (change: object) =>
    (await client.run(updateMission, { input: { id: racket.id, ...change } })).updateMission.scenario.basicMissions[1]
  expect(await update({ content: 'Rackets' })).toEqual({ content: 'Rackets', version: 2, daysOfWeek: ['MONDAY', 'SUNDAY'] })
  expect(await update({ daysOfWeek: ['TUESDAY'], expectedVersion: 2 })).toEqual({ content: 'Rackets', version: 3, daysOfWeek: ['TUESDAY'] })
  expect(await update({ daysOfWeek: ['TUESDAY'] })).toMatchObject({ version: 3 })
  expect(await client.rejection(updateMission, { input: { id: racket.id, daysOfWeek: [] } })).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'input.daysOfWeek' }],
  })
  expect(await contentsOn(client, '2026-03-16')).toEqual(['Keys'])
  expect(await contentsOn(client, '2026-03-17')).toEqual(['Keys', 'Rackets'])
})

test('no day at all is rejected, with its path', async () => {
  const { client, id } = await start([{ content: 'Keys' }])
  const update = 'mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { listVersion } }'
  const fields = [{ path: 'input.basicMissions.1.daysOfWeek', message: 'must name one day at least.' }]
  const basicMissions = [{ content: 'Keys' }, { content: 'Racket', daysOfWeek: [] }]
  expect(await client.rejection(update, { input: { id, basicMissions } })).toMatchObject({ code: 'BAD_USER_INPUT', fields })
  const create = 'mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { listVersion } }'
  expect(await client.rejection(create, { input: { name: 'x', basicMissions } })).toMatchObject({ code: 'BAD_USER_INPUT', fields })
})

test('a check of a line on a date of another day of the week finds nothing, and one that was set comes back with its day', async () => {
  const { client, id } = await start([{ content: 'Racket', daysOfWeek: ['MONDAY', 'TUESDAY'] }])
  const [{ id: missionId }] = await missionsOf(client)
  const tuesday = { missionId, isChecked: true, date: '2026-03-17' }
  expect(await client.rejection(checkMission, { input: { ...tuesday, date: '2026-03-18' } })).toMatchObject({ code: 'NOT_FOUND' })
  await client.run(checkMission, { input: tuesday })
  const setDays = (daysOfWeek: string[]) =>
    updateScenario(client, { id, basicMissions: [{ id: missionId, content: 'Racket', daysOfWeek }] })
  await setDays(['MONDAY'])
  expect(await contentsOn(client, '2026-03-17')).toEqual([])
  expect(await client.rejection(checkMission, { input: tuesday })).toMatchObject({ code: 'NOT_FOUND' })
  await setDays(['TUESDAY'])
  const { scenarios } = await client.run('{ scenarios { checklist(date: "2026-03-17") { checkedCount items { isChecked } } } }')
  expect(scenarios).toEqual([{ checklist: { checkedCount: 1, items: [{ isChecked: true }] } }])
})

/** Mutation check: red without `earlier_weekdays`, where what is closed after the change is counted by the new days. */
test('a change of days leaves the dates before it as they were, though they are closed after it', async () => {
  const { client, id } = await start([{ content: 'Keys' }, { content: 'Racket', daysOfWeek: ['MONDAY'] }])
  const [keys, racket] = await missionsOf(client)
  await client.run(checkMission, { input: { missionId: racket.id, isChecked: true } })
  // In Monday's grace: Monday is open still.
  clock.set('2026-03-17T00:01:00Z')
  const line = (mission: { id: string; content: string }, daysOfWeek: string[]) => ({
    id: mission.id,
    content: mission.content,
    daysOfWeek,
  })
  await updateScenario(client, { id, basicMissions: [line(keys, ['TUESDAY']), line(racket, ['SATURDAY'])] })
  await client.run(checkMission, { input: { missionId: keys.id, isChecked: true, date: '2026-03-16' } })
  clock.set('2026-03-17T12:00:00Z')
  await updateScenario(client, { id, basicMissions: [line(keys, ['SUNDAY']), line(racket, everyDay)] })
  clock.set('2026-03-19T12:00:00Z')
  expect(await sweep(app)).toBe(3)
  expect(await contentsOn(client, '2026-03-16')).toEqual(['Keys', 'Racket'])
  expect(await contentsOn(client, '2026-03-17')).toEqual(['Racket'])
  const { me } = await client.run(
    '{ me { dayReceipts(from: "2026-03-16", to: "2026-03-18") { date totalCount checkedCount } currentStreak longestStreak } }',
  )
  expect(me).toEqual({
    dayReceipts: [
      { date: '2026-03-16', totalCount: 2, checkedCount: 2 },
      { date: '2026-03-17', totalCount: 1, checkedCount: 0 },
      { date: '2026-03-18', totalCount: 1, checkedCount: 0 },
    ],
    currentStreak: 0,
    longestStreak: 1,
  })
  expect(await app.app.closing.findViolations()).toEqual([])
})

/** What a line was for is kept as long as its dates can be read, however often it changes. */
test('a line whose days change every day keeps as many of them as history covers, and no more', async () => {
  const { client, id } = await start([{ content: 'Keys' }])
  const [{ id: missionId }] = await missionsOf(client)
  for (let day = 1; day <= 40; day++) {
    clock.set(`${addDays('2026-03-16', day)}T12:00:00Z`)
    for (const daysOfWeek of [[everyDay[day % 7]], [everyDay[(day + 1) % 7], 'SUNDAY']])
      await updateScenario(client, { id, basicMissions: [{ id: missionId, content: 'Keys', daysOfWeek }] })
  }
  const [row] = await app.database.$queryRaw<{ kept: number; oldest: string }[]>`
    SELECT cardinality(earlier_weekdays) AS kept, earlier_weekdays_until[1]::text AS oldest FROM mission WHERE id = ${missionId}::uuid`
  // Today is the 25th of April. History goes back to the 25th of March.
  expect(row).toEqual({ kept: 31, oldest: '2026-03-25' })
  await sweep(app)
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('verify finds a revision that says other days of a line than the line itself', async () => {
  const { client, id } = await start([{ content: 'Keys' }])
  const [{ id: missionId }] = await missionsOf(client)
  clock.set('2026-03-17T12:00:00Z')
  await updateScenario(client, { id, basicMissions: [{ id: missionId, content: 'Keys', daysOfWeek: ['MONDAY'] }] })
  await sweep(app)
  expect(await app.app.closing.findViolations()).toEqual([])
  await app.database.$executeRaw`UPDATE mission SET earlier_weekdays = '{3}' WHERE id = ${missionId}::uuid`
  expect(await app.app.closing.findViolations()).toMatchObject([
    { invariant: 'a revision has the days of the week that its lines had then', count: 1, examples: [`${missionId} 2026-03-16`] },
  ])
})
