import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anotherInstance, appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, Client, checkMission, lines, makeMember, mutation } from '../support/client.js'
import { sweep } from '../support/days.js'
import { ManualClock } from '../support/manual-clock.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

type Line = { id: string; content: string; version: number }

const payload = 'scenario { id version basicMissions { id content version } checklist { items { content } } } scenarios { id } listVersion'

/** A scenario whose lines are called by their letters, and what changes them. */
async function scenarioOf(letters: string, to: TestApp = app) {
  const client = await makeMember(to)
  const { id, basicMissions } = await addScenario(client, { basicMissions: lines(...letters) })
  const idOf = new Map(basicMissions.map((line) => [line.content, line.id]))
  const run = async (name: string, input: object) => {
    const { scenario } = (await client.run(mutation(name, payload), { input }))[name]
    return { ...scenario, letters: scenario.basicMissions.map((line: Line) => line.content).join('') } as {
      version: number
      basicMissions: Line[]
      letters: string
      checklist: { items: { content: string }[] }
    }
  }
  const rejection = (name: string, input: object) => client.rejection(mutation(name, payload), { input })
  return { client, id, idOf: (letter: string) => idOf.get(letter) as string, run, rejection }
}

test('a line is added between the neighbours that its client saw, and at the end where none is there', async () => {
  const { id: scenarioId, idOf, run } = await scenarioOf('abc')
  const add = async (content: string, neighbours: object = {}) => (await run('addMission', { scenarioId, content, ...neighbours })).letters
  expect(await add('x', { prevId: idOf('a'), nextId: idOf('b') })).toBe('axbc')
  expect(await add('y', { nextId: idOf('a') })).toBe('yaxbc')
  expect(await add('z')).toBe('yaxbcz')
  await run('deleteMission', { id: idOf('b') })
  expect(await add('r', { prevId: idOf('b'), nextId: idOf('c') })).toBe('yaxrcz')
  expect(await add('s', { prevId: idOf('b'), nextId: randomUUID() })).toBe('yaxrczs')
  expect(await add('t', { prevId: idOf('b') })).toBe('yaxrczst')
})

test('a line moves by its neighbours, and its version stays; the version of the scenario grows where its place changes', async () => {
  const { idOf, run, rejection } = await scenarioOf('abcd')
  const moved = await run('moveMission', { id: idOf('d'), prevId: idOf('a'), nextId: idOf('b') })
  expect(moved).toMatchObject({ letters: 'adbc', version: 2, checklist: { items: [...'adbc'].map((content) => ({ content })) } })
  expect(moved.basicMissions.map(({ version }) => version)).toEqual([1, 1, 1, 1])
  expect(await run('moveMission', { id: idOf('d'), prevId: idOf('a') })).toMatchObject({ letters: 'adbc', version: 2 })
  expect(await run('moveMission', { id: idOf('c'), nextId: idOf('a') })).toMatchObject({ letters: 'cadb', version: 3 })
  expect(await run('moveMission', { id: idOf('c') })).toMatchObject({ letters: 'adbc', version: 4 })
  expect(await run('moveMission', { id: idOf('a'), prevId: randomUUID(), nextId: randomUUID() })).toMatchObject({ letters: 'dbca' })
  expect(await rejection('moveMission', { id: idOf('a'), prevId: idOf('a') })).toMatchObject({ fields: [{ path: 'input.prevId' }] })
  expect(await rejection('moveMission', { id: randomUUID() })).toMatchObject({ code: 'NOT_FOUND' })
})

test('three hundred moves into one place keep the order exact', async () => {
  const { idOf, run } = await scenarioOf('abcdef')
  let expected = 'abcdef'
  for (let turn = 0; turn < 300; turn++) {
    const letter = 'bcdef'[turn % 5] as string
    expected = `a${letter}${expected.slice(1).replace(letter, '')}`
    expect((await run('moveMission', { id: idOf(letter), prevId: idOf('a') })).letters).toBe(expected)
  }
})

test('a line changes by itself, from the version that its client knows', async () => {
  const { idOf, run, rejection } = await scenarioOf('ab')
  const changed = await run('updateMission', { id: idOf('a'), expectedVersion: 1, content: 'x' })
  expect(changed).toMatchObject({ letters: 'xb', version: 2, basicMissions: [{ version: 2 }, { version: 1 }] })
  expect(await run('updateMission', { id: idOf('a'), expectedVersion: 2, content: 'x' })).toMatchObject({ version: 2 })
  const stale = { id: idOf('a'), expectedVersion: 1, content: 'y' }
  expect(await rejection('updateMission', stale)).toMatchObject({ code: 'VERSION_CONFLICT', currentVersion: 2 })
  expect(await rejection('updateMission', { id: idOf('b'), content: '' })).toMatchObject({ fields: [{ path: 'input.content' }] })
})

test('a line has days of its own, which stay where they are not named', async () => {
  const { client, id, idOf, run, rejection } = await scenarioOf('a')
  const [line, weekend] = [randomUUID(), ['SATURDAY', 'SUNDAY']]
  const add = { id: line, scenarioId: id, content: 'x', daysOfWeek: ['SUNDAY', 'SATURDAY'] }
  await run('addMission', add)
  await run('addMission', add)
  expect(await rejection('addMission', { ...add, daysOfWeek: ['MONDAY'] })).toMatchObject({ code: 'ID_TAKEN' })
  await run('updateMission', { id: line, content: 'y' })
  await run('moveMission', { id: line, nextId: idOf('a') })
  const days = async () =>
    (await client.run('query ($id: ID!) { scenario(id: $id) { basicMissions { daysOfWeek version } } }', { id })).scenario.basicMissions
  expect(await days()).toMatchObject([{ daysOfWeek: weekend, version: 2 }, { daysOfWeek: { length: 7 } }])
  await run('updateMission', { id: line, expectedVersion: 2, daysOfWeek: ['MONDAY'] })
  expect(await days()).toMatchObject([{ daysOfWeek: ['MONDAY'], version: 3 }, { daysOfWeek: { length: 7 } }])
  expect(await rejection('updateMission', { id: line, daysOfWeek: [] })).toMatchObject({ fields: [{ path: 'input.daysOfWeek' }] })
})

test('a line that is deleted goes from the present list; one that is gone cannot be changed', async () => {
  const { idOf, run, rejection } = await scenarioOf('abc')
  expect(await run('deleteMission', { id: idOf('b') })).toMatchObject({ letters: 'ac', version: 2 })
  expect(await run('deleteMission', { id: idOf('b') })).toMatchObject({ letters: 'ac', version: 2 })
  for (const [name, input] of Object.entries({ updateMission: { content: 'x' }, moveMission: {} })) {
    expect(await rejection(name, { id: idOf('b'), ...input })).toMatchObject({ code: 'NOT_FOUND' })
  }
})

test('a client gives its lines their ids, one by one and with the whole template', async () => {
  const { client, id, idOf, run, rejection } = await scenarioOf('ab')
  const [x, y, z] = [randomUUID(), randomUUID(), randomUUID()]
  const add = { id: x, scenarioId: id, content: 'x' }
  expect((await run('addMission', add)).basicMissions[2]).toEqual({ id: x, content: 'x', version: 1 })
  expect(await run('addMission', add)).toMatchObject({ letters: 'abx', version: 2 })
  expect(await rejection('addMission', { ...add, content: 'other' })).toMatchObject({ code: 'ID_TAKEN' })
  // Mutation check: red where a retry's content is compared with what another device has made of it.
  await run('updateMission', { id: x, content: 'X' })
  expect((await run('addMission', add)).basicMissions[2]).toEqual({ id: x, content: 'X', version: 2 })
  await run('updateMission', { id: x, content: 'x' })

  const whole = { id, basicMissions: [{ id: y, content: 'y' }, { id: x, content: 'x' }, { content: 'n' }] }
  const first = await run('updateScenario', whole)
  expect(first).toMatchObject({ letters: 'yxn', basicMissions: [{ id: y }, { id: x }, {}] })
  await run('updateScenario', { id, basicMissions: [...whole.basicMissions.slice(0, 2), { id: z, content: 'z' }] })
  expect(await run('updateScenario', { id, basicMissions: [{ id: z, content: 'z' }] })).toMatchObject({ letters: 'z' })
  expect(await rejection('updateScenario', whole), 'lines that have gone').toMatchObject({ code: 'ID_TAKEN' })
  expect(await rejection('updateScenario', { id, basicMissions: [{ id: idOf('a'), content: 'a' }] })).toMatchObject({ code: 'ID_TAKEN' })

  const trip = { id: randomUUID(), name: 'Trip', basicMissions: [{ id: randomUUID(), content: 'Passport' }, { content: 'Ticket' }] }
  const created = await run('createScenario', trip)
  expect(created.basicMissions[0]).toMatchObject({ id: trip.basicMissions[0]?.id })
  expect(await run('createScenario', trip)).toEqual(created)
  for (const basicMissions of [[{ id: z, content: 'z' }], [{ id: client.memberId, content: 'z' }]]) {
    expect(await rejection('createScenario', { name: 'x', basicMissions })).toMatchObject({ code: 'ID_TAKEN' })
  }
  for (const taken of [trip.id, randomUUID()]) {
    const twice = taken === trip.id ? [{ id: taken, content: 'x' }] : [1, 2].map(() => ({ id: taken, content: 'x' }))
    const input = { id: trip.id, name: 'x', basicMissions: twice }
    expect(await rejection('createScenario', input)).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'input.basicMissions' }] })
  }
})

test('there are a hundred lines at most', async () => {
  const { client, id, run, rejection } = await scenarioOf('a')
  await client.run(mutation('updateScenario', '__typename'), {
    input: { id, basicMissions: lines(...Array.from({ length: 99 }, () => 'x')) },
  })
  const last = (await run('addMission', { scenarioId: id, content: 'y' })).basicMissions[99] as Line
  expect(await rejection('addMission', { scenarioId: id, content: 'z' })).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 100 })
  await run('deleteMission', { id: last.id })
  await run('addMission', { scenarioId: id, content: 'z' })
})

/** Mutation check: red without `kept` in writeRevisions. */
test('yesterday stays as it was, whatever single lines become today', async () => {
  const clock = new ManualClock('2026-03-15T12:00:00Z')
  const shared = await appForThisTest({ clock })
  const { client, id, idOf, run } = await scenarioOf('abc', shared)
  await client.run(checkMission, { input: { missionId: idOf('b'), isChecked: true } })
  clock.set('2026-03-16T12:00:00Z')
  const yesterday = async () =>
    (
      await client.run('query ($id: ID!) { scenario(id: $id) { checklist(date: "2026-03-15") { items { content isChecked } } } }', { id })
    ).scenario.checklist.items.map((item: { content: string; isChecked: boolean }) => item.content + (item.isChecked ? '!' : ''))
  for (const [name, input] of [
    ['addMission', { scenarioId: id, content: 'x', prevId: idOf('a') }],
    ['moveMission', { id: idOf('c'), nextId: idOf('a') }],
    ['updateMission', { id: idOf('a'), content: 'A' }],
    ['deleteMission', { id: idOf('b') }],
  ] as const) {
    await run(name, input)
    expect(await yesterday(), name).toEqual(['a', 'b!', 'c'])
  }
  await sweep(shared)
  const { me } = await client.run('{ me { dayReceipts(from: "2026-03-15", to: "2026-03-15") { totalCount checkedCount } } }')
  expect(me.dayReceipts).toEqual([{ totalCount: 3, checkedCount: 1 }])
  expect(await shared.app.closing.findViolations()).toEqual([])
})

/**
 * Two instances, each with connections of its own. Mutation check: red without `FOR UPDATE` in lockRows (lines meet in one place, or a
 * change is lost), and where the lines are read before the lock is taken.
 */
test('devices that change a template at once keep each other their changes', { timeout: 120_000 }, async () => {
  const { client: first, id, idOf, run } = await scenarioOf('abcdefgh')
  const second = new Client((await anotherInstance(app)).url, first.token)
  const added: string[] = []
  for (let round = 0; round < 15; round++) {
    const writes = Array.from({ length: 6 }, (_, n): [string, object] => {
      if (n % 3 === 1)
        return ['moveMission', { id: idOf('abcdefgh'[(round + n) % 8] as string), prevId: idOf('abcdefgh'[round % 8] as string) }]
      if (n % 3 === 2) return ['updateMission', { id: idOf('abcdefgh'[(round + n) % 8] as string), content: `${round} ${n}` }]
      added.push(`+${round} ${n}`)
      return ['addMission', { scenarioId: id, content: `+${round} ${n}`, prevId: idOf('abcdefgh'[(round * 3) % 8] as string) }]
    })
    const distinct = writes.filter(([, input]) => !('prevId' in input && 'id' in input && input.id === input.prevId))
    await Promise.all(distinct.map(([name, input], n) => (n % 2 ? first : second).run(mutation(name, 'listVersion'), { input })))
  }
  const { basicMissions } = await run('moveMission', { id: idOf('a') })
  const contents = basicMissions.map(({ content }) => content)
  expect(contents.filter((content) => content.startsWith('+')).sort()).toEqual(added.sort())
  expect(basicMissions).toHaveLength(8 + added.length)
  const positions = await app.database.mission.findMany({ where: { scenarioId: id, missionType: 'BASIC' }, select: { position: true } })
  expect(new Set(positions.map(({ position }) => position)).size).toBe(basicMissions.length)
})
