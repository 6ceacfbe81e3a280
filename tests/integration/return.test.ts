import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { addDays } from '../../src/dates.js'
import { appForThisTest } from '../support/app.js'
import { addScenario, type Client, checkMission, lines, makeMember } from '../support/client.js'
import { sweep } from '../support/days.js'
import { updateScenario } from '../support/feed.js'
import { ManualClock } from '../support/manual-clock.js'

const days = Array.from({ length: 31 }, (_, index) => addDays('2026-04-24', index - 31))
const historyQuery = `query ($id: ID!) { scenario(id: $id) { checklist { items { content } }
  ${days.map((date, index) => `d${index}: checklist(date: "${date}") { closed items { content isChecked } }`).join(' ')} } }`
const receiptsQuery = '{ me { dayReceipts(from: "2026-01-01", to: "2026-12-31") { date totalCount checkedCount } } }'

/**
 * Before, whoever came back had their days closed by whichever of their requests came first, while the other changed the template: one
 * of sixty then saw the new one on all 31 days.
 *
 * Mutation check: red without `kept` in writeRevisions (template.sql.ts), and with a `template_since` that is never moved on.
 */
test('sixty members come back after forty days, each with two requests at once, one of which changes the template: history stays', async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const members = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const client = await makeMember(app)
      const { id, basicMissions } = await addScenario(client, { basicMissions: lines('Keys', 'Gas') })
      return { client, id, missionIds: basicMissions.map((mission) => mission.id) }
    }),
  )
  clock.set('2026-04-24T12:00:00Z')
  // All of them are inactive: their days are not closed.
  expect(await sweep(app)).toBe(0)

  const others: ((client: Client, id: string, missionId: string) => Promise<unknown>)[] = [
    (client, id) => client.run(historyQuery, { id }),
    (client, id) => updateScenario(client, { id, memo: 'back again' }),
    (client, _id, missionId) => client.run(checkMission, { input: { missionId, isChecked: true } }),
    () => sweep(app),
  ]
  await Promise.all(
    members.flatMap(({ client, id, missionIds: [keys] }, index) => {
      const other = others[index % others.length] as (typeof others)[0]
      const change = () => updateScenario(client, { id, basicMissions: [{ content: 'Phone' }, { id: keys, content: 'All keys' }] })
      const both = [change, () => other(client, id, keys as string)]
      return (index % 8 < 4 ? both : both.reverse()).map((request) => request())
    }),
  )
  await sweep(app)

  const before = { closed: true, items: ['Keys', 'Gas'].map((content) => ({ content, isChecked: false })) }
  for (const { client, id } of members) {
    const { checklist, ...history } = (await client.run(historyQuery, { id })).scenario
    expect(checklist.items).toEqual([{ content: 'Phone' }, { content: 'All keys' }])
    expect(history).toEqual(Object.fromEntries(days.map((_, index) => [`d${index}`, before])))
    const { dayReceipts } = (await client.run(receiptsQuery)).me
    expect(dayReceipts).toEqual(days.map((date) => ({ date, totalCount: 2, checkedCount: 0 })))
  }
  expect(await app.app.closing.findViolations()).toEqual([])
})

// Mutation check: red without SKIP LOCKED in suspendClosing: nobody's day is closed before the row is free.
test('a member who comes back at the moment in which the job suspends the closing of their days holds nobody up, and has them closed', async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const { memberId } = await makeMember(app)
  clock.set('2026-04-23T12:00:00Z')
  for (let n = 0; n < 3; n++) await makeMember(app)
  clock.set('2026-04-24T12:00:00Z')
  const returning = new pg.Client({ connectionString: app.config.DATABASE_URL })
  await returning.connect()
  await returning.query('BEGIN')
  await returning.query("UPDATE member SET last_seen_on = '2026-04-24' WHERE id = $1", [memberId])
  expect(await sweep(app), 'of the others').toBe(3)
  await returning.query('COMMIT')
  await returning.end()
  expect(await sweep(app)).toBe(31)
})

// Mutation check: red where touchMember sets when the first of the days ended: late, and a broken invariant; `members` is 31
// where each chunk counts those that it has locked.
test('a member who comes back after two months is due from then on, not late, and counted once by the run that closes the days', async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const app = await appForThisTest({ clock })
  const client = await makeMember(app)
  clock.set('2026-05-15T12:00:00Z')
  expect(await sweep(app)).toBe(0)
  await client.run('{ me { id } }')
  await vi.waitFor(async () => expect(await app.app.closing.findDue()).toMatchObject({ members: 1, late: 0 }), { timeout: 30_000 })
  expect(await app.app.closing.findViolations()).toEqual([])
  expect(await app.app.closing.closeDue(new AbortController().signal)).toEqual({ members: 1, days: 31, failed: 0 })
  expect(await app.app.closing.findViolations()).toEqual([])
})
