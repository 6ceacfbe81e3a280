import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { expiredPurge } from '../../src/jobs/expired-purge.job.js'
import { midnightReset } from '../../src/jobs/midnight-reset.job.js'
import { appForThisTest, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, checkMission, lines, makeMember, moveScenario, mutation } from '../support/client.js'
import { notificationAt } from '../support/feed.js'

/**
 * PostgreSQL keeps a plan for each statement text and connection: texts that depended on what is selected filled it (97 cheap requests
 * took the backends from 19 to 408 MB). A new statement raises this number by hand; a selection never does.
 */
const statementTexts = 104

/** The texts that the one connection was sent. */
const texts = async ({ database }: TestApp) =>
  (
    await database.$queryRaw<
      { statement: string }[]
    >`SELECT statement FROM pg_prepared_statements WHERE statement !~ 'pg_prepared_statements'`
  )
    .map(({ statement }) => statement)
    .filter((statement) => !/^\s*(BEGIN|COMMIT|ROLLBACK)/i.test(statement))

const date = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

/** Everything that the API can do, with what `selection` selects of scenarios. */
async function everything({ url }: TestApp, selection: string): Promise<void> {
  const client = await makeMember({ url })
  const made = await addScenario(client, { id: randomUUID(), basicMissions: lines('Keys', 'Gas'), notification: notificationAt() })
  const other = await addScenario(client)
  const missionId = made.basicMissions[0]?.id
  const run = (query: string, variables: object = {}) => client.run(query, variables)
  await run(`{ scenarios { ${selection} } me { today currentStreak dayReceipts(from: "${date(-9)}", to: "${date(0)}") { date } } }`)
  await run(`query ($id: ID!) { scenario(id: $id) { ${selection} } }`, { id: made.id })
  for (const id of [client.memberId, made.id, missionId, `${made.id}:${date(0)}`, `${made.id}:notification`]) {
    await run(`query ($id: ID!) { node(id: $id) { id ... on Member { scenarios { ${selection} } } ... on Scenario { ${selection} } } }`, {
      id,
    })
  }
  await run(moveScenario.replace('scenarios { id }', `scenarios { ${selection} }`), { input: { id: made.id, prevId: other.id } })
  await run(checkMission, { input: { missionId, isChecked: true } })
  await run('mutation ($input: CheckMissionInput!) { checkMission(input: $input) { item { id } } }', {
    input: { missionId, isChecked: false },
  })
  await run(checkMission.replace('item {', `member { nickname scenarios { ${selection} } } item {`), {
    input: { missionId, isChecked: true },
  })
  await run(checkMission.replace('items {', `scenario { ${selection} } items {`), { input: { missionId, isChecked: true } })
  const { addTodayMission: added } = await run(addTodayMission, { input: { id: randomUUID(), scenarioId: made.id, content: 'Cake' } })
  await run('mutation ($id: ID!) { deleteTodayMission(input: { missionId: $id }) { checklist { date } } }', { id: added.item.missionId })
  await run(`mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { ${selection} } } }`, {
    input: { id: made.id, name: 'Trip', basicMissions: [{ id: missionId, content: 'All keys' }, { content: 'Phone' }] },
  })
  const { notifications } = await run('{ notifications { etag items { name nextOccurrences(count: 2) } } }')
  await run('query ($etag: String) { notifications(ifNoneMatch: $etag) { notModified } }', { etag: notifications.etag })
  await run('mutation { setNotificationsActive(input: { active: false }) { etag } }')
  await run('mutation { updateMember(input: { nickname: "Me", timeZone: "Asia/Seoul", dayStartsAt: "03:00" }) { member { today } } }')
  await daysOff(client)
  await lineByLine(client, other.id, selection)
  await away(client, other.id, selection)
  for (let time = 0; time < 2; time++) {
    await run('mutation ($id: ID!) { deleteScenario(input: { id: $id }) { listVersion member { nickname } } }', { id: made.id })
  }
  await run('{ me { deletedScenarios { id } } }')
  await twice(client, 'restoreScenario', `scenario { ${selection} }`, { id: made.id })
  await twice(client, 'duplicateScenario', `scenario { ${selection} }`, { id: made.id })
  await reject(client, missionId)
  await sessions(client)
  await (await fetch(`${url}/export`, { headers: { authorization: `Bearer ${client.token}` } })).text()
  await run('mutation { deleteMember { deletedId } }')
  const leaving = await makeMember({ url })
  await leaving.run('mutation { signOutEverywhere { signedOut } }')
  await ownSessions(await makeMember({ url }))
}

async function daysOff(client: Client) {
  const { pauseDays } = await client.run(
    'mutation ($from: LocalDate!, $to: LocalDate!) { pauseDays(input: { from: $from, to: $to }) { member { pauses { id } } } }',
    { from: date(3), to: date(5) },
  )
  await client.run('mutation ($id: ID!) { resumeDays(input: { id: $id }) { member { today } } }', { id: pauseDays.member.pauses[0].id })
}

/** Each twice, the second time as a retry. */
async function twice(client: Client, name: string, selection: string, input: object) {
  const operationId = randomUUID()
  for (let time = 0; time < 2; time++) await client.run(mutation(name, selection), { input: { ...input, operationId } })
}

async function lineByLine(client: Client, scenarioId: string, selection: string) {
  const [id, missionId, nextId] = [randomUUID(), randomUUID(), randomUUID()]
  const payload = `member { nickname } scenario { ${selection} }`
  await twice(client, 'addMission', payload, { id, scenarioId, content: 'Keys' })
  await twice(client, 'addMission', payload, { id: nextId, scenarioId, content: 'Gas' })
  await twice(client, 'updateMission', payload, { id, content: 'All keys' })
  await twice(client, 'moveMission', payload, { id, prevId: nextId })
  await twice(client, 'checkMission', `item { id } checklist { scenario { ${selection} } }`, { missionId: id, isChecked: true })
  await twice(client, 'deleteMission', payload, { id })
  await twice(client, 'checkMission', 'item { id }', { missionId: nextId, isChecked: true })
  await twice(client, 'addTodayMission', 'item { id }', { id: missionId, scenarioId, content: 'Cake' })
  await twice(client, 'updateTodayMission', 'item { id }', { missionId, content: 'Pie' })
  await twice(client, 'deleteTodayMission', 'item { id }', { missionId })
  await twice(client, 'moveScenario', payload, { id: scenarioId, prevId: randomUUID() })
}

async function away(client: Client, scenarioId: string, selection: string) {
  const id = randomUUID()
  await client.run(mutation('addMission', 'listVersion'), { input: { id, scenarioId, content: 'Phone' } })
  const checks = [date(0), date(1)].map((day) => ({ operationId: randomUUID(), missionId: id, isChecked: true, date: day }))
  const all = mutation('checkMissions', `member { scenarios { ${selection} } } results { checklist { scenario { ${selection} } } }`)
  for (const sent of [checks, checks, checks.map(({ operationId: _, ...check }) => check)]) {
    await client.run(all, { input: { checks: sent } })
  }
}

async function reject(client: Client, missionId: string | undefined) {
  expect(await client.rejection(checkMission, { input: { missionId: randomUUID(), isChecked: true } })).toMatchObject({ code: 'NOT_FOUND' })
  const late = { missionId, isChecked: true, date: date(-3), checkedAt: new Date(Date.now() - 3_600_000).toISOString() }
  expect(await client.rejection(checkMission, { input: late })).toMatchObject({ code: 'DAY_CLOSED' })
}

async function sessions(client: Client) {
  await client.run('mutation { createSignInNonce { nonce } }')
  const { signInForDevelopment: session } = await client.run(
    `mutation { signInForDevelopment(input: { handle: "${randomUUID()}" }) { refreshToken accessToken } }`,
  )
  const { refreshSession } = await client.run(
    'mutation ($token: String!) { refreshSession(input: { refreshToken: $token }) { refreshToken accessToken } }',
    { token: session.refreshToken },
  )
  // Used twice: within the grace it gives the same successor.
  await client.run('mutation ($token: String!) { refreshSession(input: { refreshToken: $token }) { refreshToken } }', {
    token: session.refreshToken,
  })
  await client.run('mutation ($token: String!) { signOut(input: { refreshToken: $token }) { signedOut } }', {
    token: refreshSession.refreshToken,
  })
}

async function ownSessions(client: Client) {
  const { me } = await client.run('{ me { sessions { id } } }')
  await client.run('mutation ($id: ID!) { revokeSession(input: { id: $id }) { member { id } } }', { id: me.sessions[0].id })
}

test('the whole program has one fixed set of statement texts, whatever is selected', async () => {
  const app = await appForThisTest({ config: { DATABASE_POOL_SIZE: 1 } })
  const never = new AbortController().signal
  await everything(app, 'id')
  for (const job of [midnightReset, expiredPurge]) {
    // Another test's worker may have been killed with the mutex in its hand.
    await vi.waitFor(async () => expect((await app.app.runner.run(job, never)).outcome).toBe('done'), { timeout: 30_000, interval: 100 })
  }
  expect(await app.app.closing.findViolations()).toEqual([])
  const first = await texts(app)
  await everything(app, `name notification { active time } basicMissions { content } checklist { items { id } }`)
  await everything(
    app,
    `id memo version updatedAt yesterday: checklist(date: "${date(-1)}") { items { content } } ahead: checklist(date: "${date(2)}") { closed }`,
  )
  for (let n = 0; n < 20; n++) await everything(app, `id a${n}: checklist(date: "${date(n % 10)}") { items { b${n}: id } }`)
  expect((await texts(app)).filter((text) => !first.includes(text))).toEqual([])
  expect(first).toHaveLength(statementTexts)
})
