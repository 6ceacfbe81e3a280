import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { expiredPurge } from '../../src/jobs/expired-purge.job.js'
import { appForThisTest } from '../support/app.js'
import { addScenario, addTodayMission, lines, makeMember, mutation } from '../support/client.js'
import { sweep } from '../support/days.js'
import { ManualClock } from '../support/manual-clock.js'
import { openStream } from '../support/streams.js'

/** A phone that was under ground at 23:50 sends its tap when it is up again. */

const checkLate = `mutation ($input: CheckMissionInput!) {
  checkMission(input: $input) {
    item { id isChecked }
    checklist { date phase closed checkedCount totalCount }
    receipt { date totalCount checkedCount version closedAt }
  }
}`
const receipts = `{ me { currentStreak dayReceipts(from: "2026-03-14", to: "2026-03-31") { date totalCount checkedCount version } } }`

async function start() {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const client = await makeMember(app, { timeZone: 'UTC' })
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  const [keys, gas] = basicMissions.map((mission) => mission.id)
  const check = (input: object) => client.run(checkLate, { input: { missionId: keys, isChecked: true, ...input } })
  const rejection = (input: object) => client.rejection(checkLate, { input: { missionId: keys, isChecked: true, ...input } })
  return { clock, app, client, scenarioId: id, keys, gas, check, rejection }
}

/** Mutation check: red without `recount` in OfflineChecks (the receipt and the streak then do not have it). */
test('a tap that was made in a day that is over counts for it, and its receipt and the streak follow', async () => {
  const { clock, app, client, gas, check } = await start()
  await check({ missionId: gas })
  clock.set('2026-03-16T09:00:00Z')
  await sweep(app)
  expect((await client.run(receipts)).me).toEqual({
    currentStreak: 0,
    dayReceipts: [{ date: '2026-03-15', totalCount: 2, checkedCount: 1, version: 1 }],
  })
  const late = { date: '2026-03-15', checkedAt: '2026-03-15T23:50:00Z' }
  expect((await check(late)).checkMission).toMatchObject({
    item: { isChecked: true },
    checklist: { date: '2026-03-15', phase: 'PAST', closed: true, checkedCount: 2, totalCount: 2 },
    receipt: { date: '2026-03-15', totalCount: 2, checkedCount: 2, version: 2 },
  })
  expect((await client.run(receipts)).me).toEqual({
    currentStreak: 1,
    dayReceipts: [{ date: '2026-03-15', totalCount: 2, checkedCount: 2, version: 2 }],
  })
  expect(await app.app.closing.findViolations()).toEqual([])
})

/** A phone whose response was lost sends its check again while it can count: a later check of another one stands. */
// Mutation check: red where operations are kept for 24 hours.
test('a retry of a check finds that it was done for as long as it could count late', async () => {
  const { clock, app, check } = await start()
  const lost = { operationId: randomUUID(), date: '2026-03-15', checkedAt: '2026-03-15T22:00:00Z' }
  clock.set('2026-03-15T22:00:00Z')
  await check(lost)
  clock.set('2026-03-15T22:05:00Z')
  await check({ isChecked: false, date: '2026-03-15' })
  clock.set('2026-03-17T21:00:00Z')
  await sweep(app)
  const purged = () => app.app.runner.run(expiredPurge, new AbortController().signal)
  await expect.poll(async () => (await purged()).outcome, { timeout: 30_000 }).toBe('done')
  expect((await check(lost)).checkMission).toMatchObject({ item: { isChecked: false }, receipt: { checkedCount: 0, version: 1 } })
})

test('without a date it is the day in which the tap was made, if that is over', async () => {
  const { clock, check } = await start()
  clock.set('2026-03-16T00:30:00Z')
  expect((await check({ checkedAt: '2026-03-15T23:50:00Z' })).checkMission.checklist).toMatchObject({ date: '2026-03-15', checkedCount: 1 })
  expect((await check({ checkedAt: '2026-03-16T00:29:00Z' })).checkMission).toMatchObject({
    checklist: { date: '2026-03-16', closed: false, checkedCount: 1 },
    receipt: null,
  })
  // The clock of the phone is ahead: the day is the present one all the same.
  expect((await check({ checkedAt: '2026-03-17T11:00:00Z', isChecked: false })).checkMission.checklist).toMatchObject({
    date: '2026-03-16',
    checkedCount: 0,
  })
})

const soon = { timeout: 10_000, interval: 10 }
const changes = `query ($since: SyncToken) {
  changes(since: $since) { token fullSync checklists { id } member { currentStreak dayReceipts(from: "2026-03-15", to: "2026-03-15") { checkedCount } } }
}`

/** Mutation check: red where recount leaves the member's row as it is: of checklists, those from yesterday on are told of. */
test.each(['checkMission', 'checkMissions'])(
  '%s for the day before yesterday tells of the member, whose receipt is another one',
  async (name) => {
    const { clock, app, client, keys, gas, check } = await start()
    await check({ missionId: gas })
    clock.set('2026-03-17T10:00:00Z')
    await sweep(app)
    const stream = await openStream(client)
    await vi.waitFor(() => expect(stream.signals.length).toBe(1), soon)
    const since = stream.signals[0]?.token ?? null
    const late = { missionId: keys, isChecked: true, date: '2026-03-15', checkedAt: '2026-03-15T20:00:00Z' }
    await client.run(mutation(name, '__typename'), { input: name === 'checkMission' ? late : { checks: [late] } })
    await vi.waitFor(() => expect(stream.signals.length).toBe(2), soon)
    const again = await openStream(client, { since })
    await vi.waitFor(() => expect(again.signals).toMatchObject([{ upToDate: false }]), soon)
    const told = (await client.run(changes, { since })).changes
    expect(told).toMatchObject({ fullSync: false, checklists: [], member: { currentStreak: 0, dayReceipts: [{ checkedCount: 2 }] } })
  },
)

/** Mutation check: red where recount marks the member only beside a receipt, and without the sweep, whose closing writes the member's row. */
test('a tap for a day before yesterday that has no receipt yet is told of at once, and once more with the receipt', async () => {
  const { clock, app, client, check } = await start()
  clock.set('2026-03-17T10:00:00Z')
  const before = (await client.run(changes)).changes.token
  const open = await openStream(client, { since: before })
  await vi.waitFor(() => expect(open.signals).toMatchObject([{ upToDate: true }]), soon)
  expect((await check({ checkedAt: '2026-03-15T20:00:00Z' })).checkMission.receipt).toBeNull()
  await vi.waitFor(() => expect(open.signals.length).toBe(2), soon)
  const again = await openStream(client, { since: before })
  await vi.waitFor(() => expect(again.signals).toMatchObject([{ upToDate: false }]), soon)

  const { token: since } = (await client.run(changes)).changes
  await sweep(app)
  const stream = await openStream(client, { since })
  await vi.waitFor(() => expect(stream.signals).toMatchObject([{ upToDate: false }]), soon)
  expect((await client.run(changes, { since })).changes.member.dayReceipts).toEqual([{ checkedCount: 1 }])
})

/** Mutation check: red where the closing counts only what was checked before the day's end. */
test('a tap that comes before the job has closed its day is in the receipt from the beginning', async () => {
  const { clock, app, client, check } = await start()
  clock.set('2026-03-16T09:00:00Z')
  expect((await check({ date: '2026-03-15', checkedAt: '2026-03-15T23:50:00Z' })).checkMission.receipt).toBeNull()
  await sweep(app)
  expect((await client.run(receipts)).me.dayReceipts).toEqual([{ date: '2026-03-15', totalCount: 2, checkedCount: 1, version: 1 }])
})

/** Mutation check: red where the date or the 48 hours are taken out of `counts_late` (check.sql.ts). */
test('a tap of another day, of more than 48 hours ago, or that does not say when it was made is DAY_CLOSED', async () => {
  const { clock, rejection } = await start()
  clock.set('2026-03-17T23:50:01Z')
  const date = '2026-03-15'
  for (const checkedAt of [null, '2026-03-15T23:50:00Z', '2026-03-16T00:00:00Z', '2026-03-14T23:59:59Z', '2026-03-18T00:00:00Z']) {
    expect(await rejection({ date, checkedAt }), `${checkedAt}`).toMatchObject({ code: 'DAY_CLOSED', today: '2026-03-17' })
  }
})

test('a line that has left its template since counts for the days on which it was there, and for no other', async () => {
  const { clock, app, client, scenarioId, keys, gas, check, rejection } = await start()
  clock.set('2026-03-16T09:00:00Z')
  const { updateScenario } = await client.run(
    'mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { basicMissions { id } } } }',
    { input: { id: scenarioId, basicMissions: [{ id: gas, content: 'Gas' }, { content: 'Phone' }] } },
  )
  const phone = updateScenario.scenario.basicMissions[1].id
  await sweep(app)
  const late = { date: '2026-03-15', checkedAt: '2026-03-15T20:00:00Z' }
  // Mutation check: the checklist is red where checkedIds (snapshot.sql.ts) leaves out lines that have left their template.
  expect((await check({ missionId: keys, ...late })).checkMission).toMatchObject({
    receipt: { totalCount: 2, checkedCount: 1 },
    checklist: { totalCount: 2, checkedCount: 1 },
  })
  // Mutation check: red where itemOf looks for its missionId alone: in the list of checks, and in what comes once more.
  const item = { id: `${keys}:2026-03-15`, missionId: null, content: 'Keys', isChecked: true }
  const selection = 'item { id missionId content isChecked } checklist { checkedCount }'
  const [alone, inList] = [1, 2].map(() => ({ operationId: randomUUID(), missionId: keys, isChecked: true, ...late }))
  for (const time of ['first', 'second']) {
    const { checkMission } = await client.run(mutation('checkMission', selection), { input: alone })
    expect(checkMission, time).toEqual({ item, checklist: { checkedCount: 1 } })
    const { checkMissions } = await client.run(mutation('checkMissions', `results { ${selection} }`), { input: { checks: [inList] } })
    expect(checkMissions.results, time).toEqual([{ item, checklist: { checkedCount: 1 } }])
  }
  expect(await rejection({ missionId: phone, ...late }), 'a line that came later').toMatchObject({ code: 'NOT_FOUND' })
  expect(await rejection({ missionId: keys }), 'a line that is gone').toMatchObject({ code: 'NOT_FOUND' })
})

// Mutation check: red where a deletion leaves out what had been removed before: the receipt then has the check, which is rejected all the same.
test('a late check of a line that had left its template before its scenario was deleted is rejected, and not made', async () => {
  const { clock, app, client, scenarioId, keys, gas, rejection } = await start()
  clock.set('2026-03-16T09:00:00Z')
  await sweep(app)
  await client.run(mutation('deleteMission', 'scenario { id }'), { input: { id: keys } })
  await client.run(mutation('deleteScenario', 'deletedId'), { input: { id: scenarioId } })
  const late = { date: '2026-03-15', checkedAt: '2026-03-15T20:00:00Z', operationId: undefined as string | undefined }
  for (const missionId of [keys, gas]) {
    for (const operationId of [undefined, randomUUID()]) {
      expect(await rejection({ ...late, missionId, operationId })).toMatchObject({ code: 'NOT_FOUND' })
    }
  }
  expect((await client.run(receipts)).me.dayReceipts).toEqual([{ date: '2026-03-15', totalCount: 2, checkedCount: 0, version: 1 }])
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('a TODAY mission is checked late, too', async () => {
  const { clock, app, client, scenarioId, check } = await start()
  const added = await client.run(addTodayMission, { input: { scenarioId, content: 'Parcel' } })
  const missionId = added.addTodayMission.item.missionId
  clock.set('2026-03-16T09:00:00Z')
  await sweep(app)
  expect((await check({ missionId, checkedAt: '2026-03-15T13:00:00Z' })).checkMission.receipt).toMatchObject({
    date: '2026-03-15',
    totalCount: 3,
    checkedCount: 1,
    version: 2,
  })
})

/**
 * Mutation check: red where a check that does not say when it was made is taken to be made now (LEAST leaves NULL out): in a list it then
 * counts for the day that is over; and where the date of `checkedAt` is by the clock alone, without `first_open` (check.sql.ts).
 */
test('a tap of just now without a date is one of the present day, also where the clock says an earlier one after a change', async () => {
  const { clock, app, client, gas, check } = await start()
  clock.set('2026-03-16T01:00:00Z')
  const { updateMember } = await client.run('mutation { updateMember(input: { dayStartsAt: "04:00" }) { member { today } } }')
  expect(updateMember.member.today).toBe('2026-03-16')
  const today = { checklist: { date: '2026-03-16', closed: false, checkedCount: 1 }, receipt: null }
  for (const checkedAt of [undefined, '2026-03-16T01:00:00Z', '2026-03-16T01:00:01Z']) {
    expect((await check({ checkedAt })).checkMission, checkedAt).toMatchObject(today)
    expect((await check({ checkedAt, isChecked: false })).checkMission.checklist, checkedAt).toMatchObject({ date: '2026-03-16' })
  }
  const { checkMissions } = await client.run(
    mutation('checkMissions', 'results { checklist { date closed checkedCount } receipt { version } error { code } }'),
    {
      input: {
        checks: [
          { missionId: gas, isChecked: true, checkedAt: '2026-03-16T01:00:00Z' },
          { missionId: gas, isChecked: true, date: '2026-03-15' },
        ],
      },
    },
  )
  expect(checkMissions.results).toMatchObject([today, { error: { code: 'DAY_CLOSED' } }])
  // One that names the day that is over counts for it: the clock says so.
  const named = await check({ date: '2026-03-15', checkedAt: '2026-03-16T01:00:00Z' })
  expect(named.checkMission.receipt).toMatchObject({ date: '2026-03-15', checkedCount: 1, version: 2 })
  expect(await app.app.closing.findViolations()).toEqual([])
})

// Mutation check: red where the date of `checkedAt` is by the clock alone: the 17th, which the change of the zone has closed.
test('a tap without a date that comes late is of the date that was today when it was made, whatever the clock said of a closed one', async () => {
  const { clock, app, client, check } = await start()
  await client.run('mutation { updateMember(input: { timeZone: "Asia/Seoul" }) { member { today } } }')
  clock.set('2026-03-18T01:00:00Z')
  await sweep(app)
  await client.run('mutation { updateMember(input: { timeZone: "America/Los_Angeles" }) { member { today } } }')
  clock.set('2026-03-18T06:50:00Z')
  expect((await client.run('{ me { today } }')).me.today, 'at 23:50 of the 17th there').toBe('2026-03-18')
  clock.set('2026-03-18T07:10:00Z')
  const { checkMission: checked } = await check({ checkedAt: '2026-03-18T06:50:00Z' })
  expect(checked).toMatchObject({ checklist: { date: '2026-03-18', checkedCount: 1 }, receipt: null })
  expect(await app.app.closing.findViolations()).toEqual([])
})

// Mutation check: red with a late job where `first_open` (check.sql.ts) compares with closed_at, and after the second change without `settings_since`
// in keepEnds.
test.each(['on time', 'late', 'late, but before the change'])(
  'which date a tap without one is of does not depend on when the job came: %s',
  async (job) => {
    const { clock, app, client, check } = await start()
    const moveTo = (timeZone: string) => client.run(`mutation { updateMember(input: { timeZone: "${timeZone}" }) { member { today } } }`)
    await moveTo('Asia/Seoul')
    clock.set('2026-03-15T15:03:00Z')
    if (job === 'on time') await sweep(app)
    clock.set('2026-03-15T16:30:00Z')
    if (job !== 'late') await sweep(app)
    clock.set('2026-03-15T17:00:00Z')
    await moveTo('UTC')
    clock.set('2026-03-15T17:10:00Z')
    // At 01:00 of the 16th in Seoul, and at 23:59 of the 15th.
    const { checkMission: after } = await check({ checkedAt: '2026-03-15T16:00:00Z' })
    expect(after).toMatchObject({ checklist: { date: '2026-03-16', checkedCount: 1 }, receipt: null })
    const { checkMission: before } = await check({ checkedAt: '2026-03-15T14:59:00Z' })
    expect(before).toMatchObject({ checklist: { date: '2026-03-15', checkedCount: 1 }, receipt: { checkedCount: 1, version: 2 } })
    // A zone of some minutes, by which the 17th had ended before it was chosen.
    clock.set('2026-03-17T08:00:00Z')
    if (job === 'on time') await sweep(app)
    clock.set('2026-03-17T12:00:00Z')
    await moveTo('Pacific/Kiritimati')
    clock.set('2026-03-17T12:05:00Z')
    if (job === 'on time') await sweep(app)
    await moveTo('UTC')
    const { checkMission: between } = await check({ checkedAt: '2026-03-17T11:00:00Z' })
    expect(between).toMatchObject({ checklist: { date: '2026-03-17', checkedCount: 1 }, receipt: { version: 2 } })
    expect(await app.app.closing.findViolations()).toEqual([])
  },
)

// Mutation check: red in the grace where Checks.#complete answers for a date that is over from the row of its check, which has what the line is now.
test.each(['2026-03-16T00:01:00Z', '2026-03-16T09:00:00Z'])('a check of yesterday at %s says what the line was then', async (instant) => {
  const { clock, client, keys } = await start()
  const update = mutation('updateMission', 'scenario { id }')
  clock.set('2026-03-16T00:00:30Z')
  await client.run(update, { input: { id: keys, content: 'All keys' } })
  clock.set(instant)
  const input = { missionId: keys, isChecked: true, date: '2026-03-15', checkedAt: '2026-03-15T20:00:00Z' }
  const item = { id: `${keys}:2026-03-15`, content: 'Keys', isChecked: true }
  for (const checklist of ['', 'checklist { items { id content isChecked } }', 'checklist { scenario { checklist { id } } }']) {
    const { checkMission: checked } = await client.run(mutation('checkMission', `item { id content isChecked } ${checklist}`), { input })
    expect(checked.item, checklist).toEqual(item)
    if (checked.checklist?.items) expect(checked.checklist.items).toContainEqual(item)
  }
})
