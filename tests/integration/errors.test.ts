import { randomUUID } from 'node:crypto'
import { isEnumType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codes } from '../../src/errors.js'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, type Client, makeMember } from '../support/client.js'

/** Both executors answer alike: graphql-jit in production, graphql-js as the switch. */
describe.each(['jit', 'js'] as const)('with the %s executor', (EXECUTOR) => {
  let app: TestApp
  let client: Client
  beforeAll(async () => {
    app = await startTestApp({ config: { EXECUTOR } })
    client = await makeMember(app)
  })
  afterAll(() => app.stop())

  const create = 'mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { scenario { id name } } }'
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${app.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

  test('every problem of an input is told at once, each with its path', async () => {
    const input = {
      id: 'x',
      name: '',
      memo: 'm'.repeat(201),
      basicMissions: [{ content: 'ok' }, { content: 'a\u0007b' }, { content: '😀'.repeat(101) }],
    }
    const rejection = await client.rejection(create, { input })
    expect(rejection.code).toBe('BAD_USER_INPUT')
    expect((rejection.fields as { path: string }[]).map(({ path }) => path)).toEqual([
      'input.id',
      'input.name',
      'input.memo',
      'input.basicMissions.1.content',
      'input.basicMissions.2.content',
    ])
  })

  test.each([
    ['a lone surrogate', '\ud800'],
    ['a NUL', 'a\u0000b'],
    ['a line break', 'a\nb'],
    ['a text-direction override', 'a\u202eb'],
    ['blanks alone', ' \u3000\t'.replace('\t', '')],
    ['51 code points', '한'.repeat(51)],
  ])('%s is rejected in a name', async (_what, name) => {
    expect(await client.rejection(create, { input: { name } })).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'input.name' }] })
  })

  test.each([
    ['50 astral characters', '😀'.repeat(50)],
    ['a family of joined emoji', '👨‍👩‍👧‍👦'],
    ['blanks around', ' a '],
    ['markup', `<b>"'\\;--</b>`],
  ])('%s come back exactly so', async (_what, name) => {
    expect((await client.run(create, { input: { name } })).createScenario.scenario.name).toBe(name)
  })

  // Mutation check: red without isBadArgument in format-error.ts: INTERNAL_SERVER_ERROR. The default lets validation pass the variable.
  test.each([
    ['id', 'query ($value: ID = "x") { scenario(id: $value) { id } }'],
    ['input', 'mutation ($value: String = "x") { createScenario(input: { name: $value }) { listVersion } }'],
  ])('null for a variable with a default is rejected with the path where no null can be: %s', async (path, document) => {
    const fields = [{ path: expect.stringMatching(new RegExp(`^${path}`)), message: expect.any(String) }]
    expect(await client.rejection(document, { value: null })).toMatchObject({ code: 'BAD_USER_INPUT', fields })
  })

  test('length counts code points after NFC', async () => {
    const decomposed = 'e\u0301'.repeat(50)
    expect((await client.run(create, { input: { name: decomposed } })).createScenario.scenario.name).toBe('é'.repeat(50))
  })

  test('an active notification needs all of its fields', async () => {
    const rejection = await client.rejection(create, { input: { name: 'x', notification: { active: true, daysOfWeek: [] } } })
    expect((rejection.fields as { path: string }[]).map(({ path }) => path)).toEqual(
      ['method', 'daysOfWeek', 'time'].map((field) => `input.notification.${field}`),
    )
  })

  test.each([
    ['a wrong type', { name: 1 }, 'input.name'],
    ['a wrong enum', { name: 'x', notification: { active: true, method: 'SHOUT' } }, 'input.notification.method'],
    ['a wrong time', { name: 'x', notification: { active: true, time: '7:30' } }, 'input.notification.time'],
    ['a missing field', {}, 'input'],
    ['an unknown field', { name: 'x', colour: 'red' }, 'input.colour'],
  ])('%s in a variable is BAD_USER_INPUT with a path and status 400', async (_what, input, path) => {
    const response = await post(JSON.stringify({ query: create, variables: { input } }), { authorization: `Bearer ${client.token}` })
    const { errors } = (await response.json()) as { errors: { extensions: object }[] }
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] })
    expect(response.status).toBe(400)
  })

  test.each([
    ['no JSON', '{', 400],
    ['no object', '[]', 400],
    ['no query', '{}', 400],
    ['a syntax error', '{"query":"{"}', 400],
    ['an unknown field', '{"query":"{ nothing }"}', 400],
    ['a bad date in the document', `{"query":"{ scenarios { checklist(date: \\"2026-02-30\\") { date } } }"}`, 400],
    ['too much', JSON.stringify({ query: `{ me { id } } #${'x'.repeat(600_000)}` }), 413],
  ])('%s is rejected as JSON, never with 5xx', async (_what, body, status) => {
    const response = await post(body, { authorization: `Bearer ${client.token}` })
    expect(response.status).toBe(status)
    expect((await response.json()) as object).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] })
  })

  test.each([
    ['no token', {}],
    ['no bearer', { authorization: 'Basic eDp5' }],
    ['nonsense', { authorization: 'Bearer nonsense' }],
    ['an unsigned token', { authorization: `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"x"}')}.` }],
  ])('with %s everything but sign-in is UNAUTHENTICATED', async (_what, headers) => {
    for (const type of [app.app.schema.getQueryType(), app.app.schema.getMutationType()]) {
      for (const field of Object.values(type?.getFields() ?? {})) {
        if (field.extensions.public === true) continue
        const query = operation(type?.name === 'Query' ? 'query' : 'mutation', field)
        const { errors } = (await (await post(JSON.stringify({ query: query.document, variables: query.variables }), headers)).json()) as {
          errors: { extensions: object }[]
        }
        expect(errors?.[0]?.extensions, field.name).toEqual({ code: 'UNAUTHENTICATED' })
      }
    }
  })

  test("the schema's ErrorCode has every code, for code generators", () => {
    const type = app.app.schema.getType('ErrorCode')
    const names = isEnumType(type) ? type.getValues().map(({ name }) => name) : []
    expect(names.sort()).toEqual(Object.keys(codes).sort())
  })

  test('the token of a deleted member opens nothing', async () => {
    const goner = await makeMember(app)
    const { id } = await addScenario(goner)
    await goner.run('mutation { deleteMember { deletedId listVersion } }')
    for (const query of [
      '{ me { id } }',
      '{ scenarios { id } }',
      `{ scenario(id: "${id}") { id } }`,
      'mutation { deleteMember { deletedId } }',
    ]) {
      expect(await goner.rejection(query), query).toMatchObject({ code: 'UNAUTHENTICATED' })
    }
    expect(await goner.rejection(create, { input: { name: 'x' } })).toMatchObject({ code: 'UNAUTHENTICATED' })
    const check = `mutation { checkMission(input: { missionId: "${randomUUID()}", isChecked: true }) { item { id } } }`
    expect(await goner.rejection(check)).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(await app.database.scenario.count({ where: { id } })).toBe(0)
  })

  test('an unexpected fault is masked, with the id of the request', async () => {
    await app.database.$executeRaw`ALTER TABLE notification RENAME TO notification_gone`
    try {
      const rejection = await client.rejection('{ scenarios { notification { active } } }')
      expect(rejection).toEqual({
        code: 'INTERNAL_SERVER_ERROR',
        message: 'Something went wrong on our side.',
        requestId: expect.any(String),
      })
    } finally {
      await app.database.$executeRaw`ALTER TABLE notification_gone RENAME TO notification`
    }
  })
})

/** A valid operation that selects one root field, with variables of the right types. */
function operation(
  kind: string,
  field: { name: string; args: readonly { name: string; type: { toString(): string } }[]; type: { toString(): string } },
) {
  const inputs: Record<string, object> = {
    UpdateMemberInput: {},
    CreateScenarioInput: { name: 'x' },
    UpdateScenarioInput: { id: randomUUID() },
    MoveScenarioInput: { id: randomUUID() },
    DeleteScenarioInput: { id: randomUUID() },
    AddTodayMissionInput: { scenarioId: randomUUID(), content: 'x' },
    DeleteTodayMissionInput: { missionId: randomUUID() },
    UpdateTodayMissionInput: { missionId: randomUUID(), content: 'x' },
    AddMissionInput: { scenarioId: randomUUID(), content: 'x' },
    UpdateMissionInput: { id: randomUUID() },
    MoveMissionInput: { id: randomUUID() },
    DeleteMissionInput: { id: randomUUID() },
    CheckMissionInput: { missionId: randomUUID(), isChecked: true },
    CheckMissionsInput: { checks: [] },
    SignOutInput: { refreshToken: 'x' },
    SetNotificationsActiveInput: { active: true },
    RevokeSessionInput: { id: randomUUID() },
    PauseDaysInput: { from: '2026-03-15', to: '2026-03-15' },
    ResumeDaysInput: { id: randomUUID() },
    RestoreScenarioInput: { id: randomUUID() },
    DuplicateScenarioInput: { id: randomUUID() },
  }
  const declared = field.args.map(({ name, type }) => `$${name}: ${type}`)
  const passed = field.args.map(({ name }) => `${name}: $${name}`)
  const variables = Object.fromEntries(
    field.args.map(({ name, type }) => {
      const typeName = `${type}`.replace('!', '')
      const value = typeName === 'ID' ? randomUUID() : ['String', 'SyncToken'].includes(typeName) ? 'x' : inputs[typeName]
      if (value === undefined) throw new Error(`Give an example of ${typeName} in this test.`)
      return [name, value]
    }),
  )
  const wrap = (parts: string[]) => (parts.length > 0 ? `(${parts.join(', ')})` : '')
  return { document: `${kind} ${wrap(declared)} { ${field.name}${wrap(passed)} { __typename } }`, variables }
}
