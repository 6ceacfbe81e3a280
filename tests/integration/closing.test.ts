import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'
import { addScenario, addTodayMission, type Client, checkMission, lines, makeMember } from '../support/client.js'
import { sweep } from '../support/days.js'
import { ManualClock } from '../support/manual-clock.js'

const seoulNoon = '2026-03-15T03:00:00Z'

async function start() {
  const clock = new ManualClock(seoulNoon)
  const app = await appForThisTest({ clock })
  const client = await makeMember(app, { timeZone: 'Asia/Seoul' })
  return { clock, app, client }
}

const check = async (client: Client, missionId: string | undefined, date: string) =>
  client.run(checkMission, { input: { missionId, isChecked: true, date } })
const receipts = async (client: Client, from: string, to: string) =>
  (
    await client.run(
      'query ($from: LocalDate!, $to: LocalDate!) { me { dayReceipts(from: $from, to: $to) { date totalCount checkedCount closedAt version } } }',
      { from, to },
    )
  ).me.dayReceipts as { date: string; totalCount: number; checkedCount: number; closedAt: string; version: number }[]
const history = async (client: Client, dates: string[]) => {
  const days = []
  for (const date of dates) {
    const query =
      '{ scenarios { name checklist(date: "DATE") { date closed checkedCount totalCount items { id missionId type content isChecked } } } }'
    days.push(...(await client.run(query.replace('DATE', date))).scenarios)
  }
  return days
}

test('a day is closed once its end and the grace have passed, with what was true of it', async () => {
  const { clock, app, client } = await start()
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  await client.run(addTodayMission, { input: { scenarioId: id, content: 'Parcel' } })
  await check(client, basicMissions[0]?.id, '2026-03-15')

  clock.set('2026-03-15T15:01:59Z')
  expect(await sweep(app)).toBe(0)
  clock.set('2026-03-15T15:02:00Z')
  expect(await sweep(app)).toBe(1)
  expect(await sweep(app)).toBe(0)
  expect(await receipts(client, '2026-03-01', '2026-03-31')).toEqual([
    { date: '2026-03-15', totalCount: 3, checkedCount: 1, closedAt: '2026-03-15T15:02:00.000Z', version: 1 },
  ])
  expect(await history(client, ['2026-03-15'])).toMatchObject([
    {
      checklist: {
        closed: true,
        checkedCount: 1,
        totalCount: 3,
        items: [{ content: 'Keys', isChecked: true }, { content: 'Gas', isChecked: false }, { content: 'Parcel' }],
      },
    },
  ])
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('history keeps what was true then: wording, order, and lines that are gone since', async () => {
  const { clock, app, client } = await start()
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  const [keys, gas] = basicMissions
  await check(client, gas?.id, '2026-03-15')
  await check(client, gas?.id, '2026-03-17')
  const [today] = await history(client, ['2026-03-15'])
  clock.set('2026-03-16T03:00:00Z')
  await sweep(app)
  await client.run(`mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { id } } }`, {
    input: { id, basicMissions: [{ content: 'Phone' }, { id: keys?.id, content: 'All keys' }] },
  })
  const [yesterday] = await history(client, ['2026-03-15'])
  const items = today.checklist.items
  // The line that is gone can't be checked any more; everything else, ids included, is as it was.
  expect(yesterday.checklist).toEqual({ ...today.checklist, closed: true, items: [items[0], { ...items[1], missionId: null }] })
  expect((await history(client, ['2026-03-17']))[0].checklist.items.map((item: { content: string }) => item.content)).toEqual([
    'Phone',
    'All keys',
  ])
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('three days without a job make three right receipts, with the checks that were made ahead', async () => {
  const { clock, app, client } = await start()
  const { basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  await check(client, basicMissions[0]?.id, '2026-03-16')
  await check(client, basicMissions[1]?.id, '2026-03-16')
  clock.set('2026-03-18T03:00:00Z')
  expect(await sweep(app)).toBe(3)
  expect(await receipts(client, '2026-03-15', '2026-03-17')).toMatchObject([
    { date: '2026-03-15', totalCount: 2, checkedCount: 0 },
    { date: '2026-03-16', totalCount: 2, checkedCount: 2 },
    { date: '2026-03-17', totalCount: 2, checkedCount: 0 },
  ])
})

/** Mutation check: red without `kept` in writeRevisions (template.sql.ts): what is closed after the change then has the new template. */
test('history is the same whether days are closed on time, late, or after the template has changed', async () => {
  const dates = ['2026-03-15', '2026-03-16', '2026-03-17']
  const live = async (close: 'on time' | 'late' | 'after the change') => {
    const { clock, app, client } = await start()
    const ids: string[] = []
    const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
    ids.push(id, ...basicMissions.map((mission) => mission.id))
    await check(client, basicMissions[0]?.id, '2026-03-15')
    await check(client, basicMissions[1]?.id, '2026-03-17')
    for (const date of ['2026-03-16', '2026-03-17']) {
      clock.set(`${date}T03:00:00Z`)
      if (close === 'on time') await sweep(app)
      // Rejected on every path: the day is over, whether or not somebody has closed it.
      expect(await client.rejection(checkMission, { input: { missionId: ids[2], isChecked: true, date: '2026-03-15' } })).toMatchObject({
        code: 'DAY_CLOSED',
      })
    }
    clock.set('2026-03-18T03:00:00Z')
    if (close === 'on time' || close === 'late') await sweep(app)
    const { updateScenario } = await client.run(
      'mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { basicMissions { id } } } }',
      { input: { id, basicMissions: [{ content: 'Phone' }, { id: ids[1], content: 'All keys' }] } },
    )
    ids.push(updateScenario.scenario.basicMissions[0].id)
    if (close === 'after the change') await sweep(app)
    expect(await app.app.closing.findViolations()).toEqual([])
    const told = [
      await history(client, dates),
      (await receipts(client, dates[0] as string, dates[2] as string)).map(({ closedAt: _, ...receipt }) => receipt),
    ]
    // Ids differ from run to run, but must stand in the same places.
    return ids.reduce((text, one, index) => text.replaceAll(one, `id ${index}`), JSON.stringify(told))
  }
  const onTime = await live('on time')
  expect(await live('late')).toBe(onTime)
  expect(await live('after the change')).toBe(onTime)
})

test('who was away for long finds the days that history keeps, and no others', async () => {
  const { clock, app, client } = await start()
  await addScenario(client, { basicMissions: lines('Keys') })
  clock.set('2026-03-20T03:00:00Z')
  expect(await sweep(app)).toBe(5)
  clock.set('2026-06-01T03:00:00Z')
  expect(await sweep(app), 'days of a member who is away').toBe(0)
  expect(await app.app.closing.findViolations()).toEqual([])
  await client.run('{ me { today } }')
  expect(await sweep(app)).toBe(31)
  const dates = (await receipts(client, '2026-03-01', '2026-06-30')).map(({ date }) => date)
  expect(dates).toHaveLength(5 + 31)
  expect(dates.slice(4, 6)).toEqual(['2026-03-19', '2026-05-01'])
  expect(await app.app.closing.findViolations()).toEqual([])
})

test('a streak is a run of days with all missions checked', async () => {
  const { clock, app, client } = await start()
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys') })
  const streaks = async () => (await client.run('{ me { currentStreak longestStreak } }')).me
  expect(await streaks()).toEqual({ currentStreak: 0, longestStreak: 0 })
  for (const date of ['2026-03-15', '2026-03-16', '2026-03-17', '2026-03-19', '2026-03-20']) await check(client, basicMissions[0]?.id, date)
  clock.set('2026-03-18T03:00:00Z')
  await sweep(app)
  expect(await streaks()).toEqual({ currentStreak: 3, longestStreak: 3 })
  clock.set('2026-03-19T03:00:00Z')
  await sweep(app)
  expect(await streaks()).toEqual({ currentStreak: 0, longestStreak: 3 })
  clock.set('2026-03-21T03:00:00Z')
  await sweep(app)
  expect(await streaks()).toEqual({ currentStreak: 2, longestStreak: 3 })
  // A day without any mission is no day with all of them checked.
  await client.run('mutation ($id: ID!) { deleteScenario(input: { id: $id }) { deletedId } }', { id })
  clock.set('2026-03-22T03:00:00Z')
  await sweep(app)
  expect(await streaks()).toEqual({ currentStreak: 0, longestStreak: 3 })
})

test('a range of receipts that makes no sense is rejected', async () => {
  const { client } = await start()
  const query = 'query ($from: LocalDate!, $to: LocalDate!) { me { dayReceipts(from: $from, to: $to) { date } } }'
  for (const range of [
    { from: '2026-03-02', to: '2026-03-01' },
    { from: '2020-01-01', to: '2026-03-01' },
  ]) {
    expect(await client.rejection(query, range)).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'to' }] })
  }
})

// Mutation check: red with the end compared with the day 400 after `from`: a date after 9999 is before all others as text.
test('the first and the last day that a date can be are a range of receipts like any other', async () => {
  const { client } = await start()
  for (const day of ['0001-01-01', '9999-12-31']) {
    expect(await client.run(`{ me { dayReceipts(from: "${day}", to: "${day}") { date } } }`)).toEqual({ me: { dayReceipts: [] } })
  }
})

test('the check of the invariants finds what somebody has broken by hand', async () => {
  const { clock, app, client } = await start()
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
  await check(client, basicMissions[1]?.id, '2026-03-15')
  clock.set('2026-03-18T03:00:00Z')
  await sweep(app)
  const broken = async (statement: string) => {
    await app.database.$executeRawUnsafe(statement)
    return (await app.app.closing.findViolations()).map(({ invariant }) => invariant)
  }
  // Mutation check: red without this invariant: the member is never closed, and nothing says so.
  expect(await broken(`UPDATE member SET next_close_at = 'infinity'`)).toEqual(['only an inactive member has no next closing'])
  await sweep(app)
  expect(await broken(`DELETE FROM day_close WHERE date = '2026-03-16'`)).toContain(
    'the receipts of the days that history covers have no gaps',
  )
  expect(await broken(`DELETE FROM day_close WHERE date = '2026-03-17'`)).toContain(
    'the last closed day has its receipt, unless the member was new or inactive',
  )
  expect(await broken(`UPDATE day_close SET total_count = 0, checked_count = 0`)).toContain(
    'a closed day has no more missions, and no more checks, than its receipt says',
  )
  expect(await broken(`UPDATE scenario SET template_since = '2026-03-17' WHERE id = '${id}'`)).toContain(
    'a template is kept as it was before its last change, for as long as history covers that',
  )
  expect(await broken(`INSERT INTO template_revision SELECT member_id, id, '2026-03-17', '[]' FROM scenario WHERE id = '${id}'`)).toContain(
    'a revision is of a date before the last change of its template',
  )
  expect(await broken(`UPDATE mission SET version = version + 1 WHERE scenario_id = '${id}'`)).toContain(
    'the present revision of a template has its lines as they are',
  )
  expect(await broken(`UPDATE scenario SET position = NULL, deleted_at = now(), deleted_on = now() WHERE id = '${id}'`)).toContain(
    'a mission is absent from the deletion of its scenario on, and only while that is deleted',
  )
  expect(
    await broken(`UPDATE mission SET mission_type = 'TODAY', use_date = '2026-03-01', position = NULL, version = NULL, added_on = NULL
                  WHERE scenario_id = '${id}' AND content = 'Gas'`),
  ).toContain('a check belongs to a line of a template')
  expect(await broken(`UPDATE member SET closed_through = '2026-05-01'`)).toContain('no day is closed before its end')
  expect(await broken(`UPDATE member SET closed_through = '2026-03-01', next_close_at = '2026-03-02'`)).toContain(
    'no active member waits for a closing',
  )
})
