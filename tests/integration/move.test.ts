// Hazard 3: Reorders at once, and Hazard 7: Reads during a deletion (docs/concurrency.md).
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anotherInstance, appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { addScenario, Client, makeList, moveScenario, mutation } from '../support/client.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp()
})
afterAll(() => app.stop())

const move = async (client: Client, input: object) => (await client.run(moveScenario, { input })).moveScenario
const order = async (client: Client) =>
  (await client.run('{ scenarios { id } me { listVersion } }')) as { scenarios: { id: string }[]; me: { listVersion: number } }
const idsOf = (list: { id: string }[]) => list.map(({ id }) => id)

test('a scenario goes between the neighbours that its client saw', async () => {
  const { client, ids } = await makeList(app, 4)
  const [a, b, c, d] = ids
  expect(idsOf((await move(client, { id: d, prevId: a, nextId: b })).scenarios)).toEqual([a, d, b, c])
  expect(idsOf((await move(client, { id: d, prevId: null, nextId: a })).scenarios)).toEqual([d, a, b, c])
  const last = await move(client, { id: d, prevId: c, nextId: null, expectedListVersion: 6 })
  expect(last).toMatchObject({ listVersion: 7, rebalanced: false, scenario: { id: d } })
  expect(await order(client)).toEqual({ scenarios: [a, b, c, d].map((id) => ({ id })), me: { listVersion: 7 } })
})

test('where neighbours are gone or have moved, the list as it stands decides', async () => {
  const { client, ids } = await makeList(app, 5)
  const [a, b, c, d, e] = ids
  await client.run(`mutation { deleteScenario(input: { id: "${b}" }) { deletedId } }`)
  expect(idsOf((await move(client, { id: e, prevId: b, nextId: c })).scenarios)).toEqual([a, e, c, d])
  expect(idsOf((await move(client, { id: e, prevId: b, nextId: null })).scenarios)).toEqual([a, c, d, e])
  await client.run(`mutation { deleteScenario(input: { id: "${c}" }) { deletedId } }`)
  const conflict = { code: 'ORDER_CONFLICT', listVersion: 9, scenarioIds: [a, d, e] }
  expect(await client.rejection(moveScenario, { input: { id: e, prevId: b, nextId: c } })).toMatchObject(conflict)
  expect(await client.rejection(moveScenario, { input: { id: a, prevId: d, nextId: e, expectedListVersion: 1 } })).toMatchObject(conflict)
  expect(await client.rejection(moveScenario, { input: { id: b, prevId: d, nextId: e } })).toMatchObject({ code: 'NOT_FOUND' })
  expect(await client.rejection(moveScenario, { input: { id: a, prevId: a, nextId: e } })).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'input.prevId' }],
  })
})

// Mutation check: red, one each, where `orderAlone` (selection.ts) is always true, or without `positions` in readOrders.
test.each([
  ['id', 'id listVersion'],
  ['__typename id', 'listVersion __typename'],
  ['id name createdAt updatedAt', 'id'],
  ['id basicMissions { content } checklist { totalCount } notification { active }', 'id nickname today'],
])('the answer of a move has all that is selected in it: %s', async (ofScenario, ofMember) => {
  const { client, ids } = await makeList(app, 2)
  const { id } = await addScenario(client, { basicMissions: [{ content: 'Keys' }] })
  const list = `scenarios { ${ofScenario} }`
  const member = `${ofMember} ${list}`
  for (const prevId of [null, ids[0], ids[1]]) {
    const nextId = prevId === null ? ids[0] : null
    const { moveScenario: answer } = await client.run(mutation('moveScenario', `scenario { ${ofScenario} } ${list} member { ${member} }`), {
      input: { id, prevId, nextId },
    })
    const { me, scenarios, scenario } = await client.run(
      `query ($id: ID!) { me { ${member} } ${list} scenario(id: $id) { ${ofScenario} } }`,
      { id },
    )
    expect(answer).toEqual({ scenario, scenarios, member: me })
    const expected = ids.filter((other) => other !== id).toSpliced(prevId === null ? 0 : ids.indexOf(prevId as string) + 1, 0, id)
    expect(idsOf(answer.scenarios)).toEqual(expected)
  }
})

/**
 * Mutation check: red without `FOR UPDATE` in lockRows (lock.ts): two moves then work from one list, and answers lack each other's
 * moves, versions come twice, or two scenarios meet on one position.
 */
test('a burst of stale moves from many clients of two instances: each answer is a permutation, and the versions are dense', async () => {
  const { client: first, ids } = await makeList(app, 20)
  const second = new Client((await anotherInstance(app)).url, first.token)
  const answers = await Promise.all(
    Array.from({ length: 32 }, async (_, writer) => {
      const client = writer % 2 ? first : second
      const made = []
      // Every client goes on from the list that it saw first, however stale that has become.
      for (let turn = 0; turn < 15; turn++) {
        const id = ids[(writer * 7 + turn * 3) % 20]
        const others = ids.filter((other) => other !== id)
        const place = (writer + turn * 5) % 20
        made.push(await move(client, { id, prevId: others[place - 1] ?? null, nextId: others[place] ?? null }))
      }
      return made
    }),
  )
  const byVersion = answers.flat().sort((one, other) => one.listVersion - other.listVersion)
  expect(byVersion.map(({ listVersion }) => listVersion)).toEqual(Array.from({ length: 480 }, (_, index) => 21 + index))
  for (const { scenarios } of byVersion) expect(idsOf(scenarios).sort()).toEqual([...ids].sort())
  const now = await order(first)
  expect(idsOf(now.scenarios)).toEqual(idsOf(byVersion.at(-1)?.scenarios ?? []))
  expect(now.me.listVersion).toBe(500)
})

test('a move that names no neighbour is bad input, but where the list has no other scenario', async () => {
  const { client, ids } = await makeList(app, 1)
  expect(await move(client, { id: ids[0] })).toMatchObject({ listVersion: 2, scenarios: [{ id: ids[0] }] })
  await addScenario(client)
  expect(await client.rejection(moveScenario, { input: { id: ids[0], prevId: null, nextId: null } })).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: [{ path: 'input.prevId' }],
  })
  expect((await order(client)).me.listVersion).toBe(3)
})

test('moves that are made together are each rejected for their own reasons', async () => {
  const { client, ids } = await makeList(await appForThisTest({ config: { DATABASE_POOL_SIZE: 1 } }), 4)
  const [a, b, c] = ids
  const wanted: [input: object, expected: object][] = [
    [{ id: c, nextId: a }, { listVersion: 5 }],
    [
      { id: a, prevId: b, expectedListVersion: 5 },
      { listVersion: 6, rebalanced: false },
    ],
    [
      { id: b, prevId: c, expectedListVersion: 5 },
      { code: 'ORDER_CONFLICT', listVersion: 6, scenarioIds: [c, b, a, ids[3]] },
    ],
    [{ id: randomUUID() }, { code: 'NOT_FOUND' }],
    [
      { id: b, prevId: randomUUID(), nextId: randomUUID() },
      { code: 'ORDER_CONFLICT', listVersion: 6 },
    ],
    [
      { id: ids[3], nextId: c, expectedListVersion: 6 },
      { listVersion: 7, scenarios: [ids[3], c, b, a].map((id) => ({ id })) },
    ],
  ]
  const outcomes = await Promise.all(
    wanted.map(async ([input]) => {
      const { data, errors } = await client.request(moveScenario, { input })
      return data?.moveScenario ?? errors?.[0]?.extensions
    }),
  )
  expect(outcomes).toMatchObject(wanted.map(([, expected]) => expected))
  expect(await order(client)).toEqual({ scenarios: [ids[3], c, b, a].map((id) => ({ id })), me: { listVersion: 7 } })
})

/**
 * With three connections one batch goes at a time. Mutation check: red without SKIP LOCKED in lockMembers: everybody waits for
 * the one who is held up. Red, too, where what moves.ts catches of one batch is thrown: everybody has the error of the one who has it.
 */
test('a member who is held up, or whose zone is no more, keeps nobody else from moving', async () => {
  const shared = await appForThisTest({ config: { DATABASE_POOL_SIZE: 3 } })
  const [heldUp, broken, ...others] = await Promise.all(Array.from({ length: 8 }, () => makeList(shared, 3)))
  // The order alone can be read without a zone.
  const withNames = moveScenario.replace('scenarios { id }', 'scenarios { id name }')
  const toTop = ({ client, ids }: Awaited<ReturnType<typeof makeList>>) =>
    client.request(withNames, { input: { id: ids[2], nextId: ids[0] } })
  const blocker = new pg.Client({ connectionString: shared.config.DATABASE_URL })
  await blocker.connect()
  try {
    await blocker.query('ALTER TABLE member DROP CONSTRAINT member_time_zone_known')
    await blocker.query("UPDATE member SET time_zone = 'Nowhere/Gone' WHERE id = $1", [broken?.client.memberId])
    await blocker.query('BEGIN')
    await blocker.query('SELECT FROM member WHERE id = $1 FOR UPDATE', [heldUp?.client.memberId])
    const waiting = toTop(heldUp as (typeof others)[number])
    // The first goes alone, and the others together, with the broken one among them.
    const [first, ...rest] = others as [(typeof others)[number], ...typeof others]
    for (let turn = 0; turn < 10; turn++) {
      const [alone, failed, ...together] = await Promise.all([first, broken as typeof first, ...rest].map(toTop))
      for (const answer of [alone, ...together]) expect(answer?.errors).toBeUndefined()
      expect(failed?.errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    }
    await blocker.query('COMMIT')
    expect(await waiting).toMatchObject({ data: { moveScenario: { listVersion: 4 } } })
  } finally {
    await blocker.end()
  }
})

test('three hundred moves into one gap keep the order exact', async () => {
  const { client, ids } = await makeList(app, 10)
  const [first, ...rest] = ids
  let expected = ids
  let rebalanced = 0
  for (let turn = 0; turn < 300; turn++) {
    const id = rest[turn % rest.length] as string
    expected = [first as string, id, ...expected.filter((other) => other !== first && other !== id)]
    const answer = await move(client, { id, prevId: first, nextId: expected.filter((other) => other !== id)[1] ?? null })
    expect(idsOf(answer.scenarios)).toEqual(expected)
    if (answer.rebalanced) rebalanced++
  }
  expect(idsOf((await order(client)).scenarios)).toEqual(expected)
  expect(rebalanced).toBeGreaterThan(10)
  expect(rebalanced).toBeLessThan(40)
})

/** Red when readSnapshot is split into a statement for the list and one for the missions. */
test('a reader never sees half of a creation, a move or a deletion', async () => {
  const { client } = await makeList(app, 5)
  const whole = {
    memo: 'whole',
    notification: { active: true, method: 'PUSH', daysOfWeek: ['MONDAY'], time: '08:00' },
    basicMissions: [1, 2, 3].map((n) => ({ content: `${n}` })),
  }
  const { scenarios } = await client.run('{ scenarios { id } }')
  for (const { id } of scenarios) await client.run(`mutation { deleteScenario(input: { id: "${id}" }) { deletedId } }`)

  let writing = true
  let reads = 0
  const seen = new Set<number>()
  const read = async () => {
    while (writing) {
      const answer = await client.run(
        '{ scenarios { id memo notification { active time } basicMissions { content } checklist { totalCount items { content } } } }',
      )
      expect(new Set(idsOf(answer.scenarios)).size).toBe(answer.scenarios.length)
      for (const scenario of answer.scenarios) {
        expect(scenario).toMatchObject({
          memo: 'whole',
          notification: { active: true, time: '08:00' },
          checklist: { totalCount: 3, items: { length: 3 } },
        })
        expect(scenario.basicMissions.map(({ content }: { content: string }) => content)).toEqual(['1', '2', '3'])
      }
      seen.add(answer.scenarios.length)
      reads++
    }
  }
  const write = async () => {
    for (let turn = 0; turn < 25; turn++) {
      const { id } = await addScenario(client, whole)
      await move(client, { id, prevId: null, nextId: randomUUID() })
      await client.run(`mutation { deleteScenario(input: { id: "${id}" }) { deletedId } }`)
    }
  }
  const readers = Array.from({ length: 6 }, read)
  await Promise.all(Array.from({ length: 6 }, write)).finally(() => {
    writing = false
  })
  await Promise.all(readers)
  expect(reads).toBeGreaterThan(100)
  expect(seen.size, 'states of the list that readers met').toBeGreaterThan(3)
})
