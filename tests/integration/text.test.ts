import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { addScenario, addTodayMission, type Client, lines, makeMember, mutation } from '../support/client.js'

let app: TestApp
let client: Client
let scenario: { id: string; basicMissions: { id: string }[] }
let todayId: string
beforeAll(async () => {
  app = await startTestApp()
  client = await makeMember(app)
  scenario = await addScenario(client, { basicMissions: lines('x') })
  todayId = (await client.run(addTodayMission, { input: { scenarioId: scenario.id, content: 'x' } })).addTodayMission.item.missionId
})
afterAll(() => app.stop())

/** Every place that text goes in and comes out again. */
// biome-ignore lint/suspicious/noExplicitAny: what comes back is as the query says
type Data = Record<string, any>
type Place = { path: string; max: number; put(text: string): ReturnType<Client['request']>; get(data: Data): unknown }
const places: Record<string, Place> = {
  nickname: {
    path: 'input.nickname',
    max: 50,
    put: (nickname) =>
      client.request('mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { nickname } } }', {
        input: { nickname },
      }),
    get: (data) => data.updateMember.member.nickname,
  },
  name: {
    path: 'input.name',
    max: 50,
    put: (name) => update({ name }),
    get: (data) => data.updateScenario.scenario.name,
  },
  memo: {
    path: 'input.memo',
    max: 200,
    put: (memo) => update({ memo }),
    get: (data) => data.updateScenario.scenario.memo,
  },
  content: {
    path: 'input.basicMissions.0.content',
    max: 100,
    put: (content) => update({ basicMissions: [{ id: scenario.basicMissions[0]?.id, content }] }),
    get: (data: { updateScenario: { scenario: { basicMissions: { content: string }[] } } }) =>
      data.updateScenario.scenario.basicMissions[0]?.content,
  },
  line: {
    path: 'input.content',
    max: 100,
    put: (content) =>
      client.request(mutation('updateMission', 'scenario { basicMissions { content } }'), {
        input: { id: scenario.basicMissions[0]?.id, content },
      }),
    get: (data) => data.updateMission.scenario.basicMissions[0].content,
  },
  'TODAY mission': {
    path: 'input.content',
    max: 100,
    put: (content) => client.request(mutation('updateTodayMission', 'item { content }'), { input: { missionId: todayId, content } }),
    get: (data) => data.updateTodayMission.item.content,
  },
}

function update(change: object) {
  const document =
    'mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { name memo basicMissions { content } } } }'
  return client.request(document, { input: { id: scenario.id, ...change } })
}

/** What the README promises, said in another way than input.ts says it. */
function expected(text: string, max: number, mayBeBlank: boolean): string | null {
  const points = [...text].map((character) => character.codePointAt(0) as number)
  if (points.some((point) => point >= 0xd800 && point <= 0xdfff)) return null
  if (points.some((point) => point < 0x20 || (point >= 0x7f && point <= 0x9f))) return null
  if (points.some((point) => (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069))) return null
  const normal = text.normalize('NFC')
  if ([...normal].length > max) return null
  const visible = [...normal].some((character) => !/\s|\p{Default_Ignorable_Code_Point}|\u2800/u.test(character))
  return visible || mayBeBlank ? normal : null
}

async function check(place: string, text: string) {
  const { path, put, get, max } = places[place] as (typeof places)[string]
  const wanted = expected(text, max, place === 'memo')
  const { data, errors } = await put(text)
  const what = JSON.stringify(text)
  if (wanted === null) expect(errors?.[0]?.extensions, what).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] })
  else expect(errors ? errors : get(data as Data), what).toBe(wanted)
}

// Mutation check: red with a class taken out of `rejected` or `blank` in input.ts, and (500, or another text) without isWellFormed or normalize.
describe.each(Object.keys(places))('a %s', (place) => {
  const classes: Record<string, string[]> = {
    'control characters': ['\u0000', '\u0001', '\t', '\n', '\r', '\u001b', '\u007f', '\u0080', '\u0085', '\u009f'],
    'lone surrogates': ['\ud800', '\udbff', '\udc00', '\udfff', '\udc00\ud800'],
    'text directions': ['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'],
    'line separators': ['\u2028', '\u2029'],
    'marks of scripts written from right to left': ['\u200e', '\u200f', '\u061c'],
    'invisible characters': ['\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', '\u034f', '\u3164', '\u2800', '\u{e0001}'],
    spaces: [' ', '\u00a0', '\u1680', '\u2003', '\u202f', '\u205f', '\u3000'],
    noncharacters: ['\ufdd0', '\ufffe', '\uffff', '\u{1fffe}', '\u{10ffff}'],
    'private use': ['\ue000', '\u{f0000}', '\u{100000}'],
    unassigned: ['\u0378', '\u{3fff0}'],
    'combining marks': [
      'e\u0301',
      '\u0301',
      '\u1100\u1161\u11a8',
      'q\u0323\u0307',
      'q\u0307\u0323',
      '\ufb2c',
      '\u212b',
      'Z\u0351\u036b\u0343',
    ],
    'astral characters': ['😀', '👨‍👩‍👧‍👦', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}', '𠀀', '\u{1d11e}'],
    syntax: ['\\', '"', "'", '\\u0000', '%s', '#{x}', '<script>', "'; DROP TABLE member; --", '{{x}}', '\ufffd', '$1'],
  }

  test.each(Object.entries(classes))('with %s comes back as it is in NFC, or is rejected with its path', async (_what, texts) => {
    for (const text of texts) for (const whole of [text, `a${text}b`]) await check(place, whole)
  })

  test('of random code points comes back as it is in NFC, or is rejected with its path', async () => {
    let seed = 20_260_301
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return seed % below
    }
    const ranges = [
      [0x20, 0x7f],
      [0, 0x20],
      [0x80, 0x800],
      [0x2000, 0x2070],
      [0xac00, 0xd7a4],
      [0xd7f0, 0xe010],
      [0xfff0, 0x10010],
      [0, 0x110000],
    ] as const
    for (let round = 0; round < 120; round++) {
      const points = Array.from({ length: 1 + random(round % 20 === 0 ? 220 : 6) }, () => {
        const [from, to] = ranges[random(4) === 0 ? random(ranges.length) : 0] as readonly [number, number]
        return from + random(to - from)
      })
      await check(place, points.map((point) => String.fromCodePoint(point)).join(''))
    }
  })
})

test('a NUL or a lone surrogate never reaches PostgreSQL, in whatever argument', async () => {
  for (const bad of ['\u0000', '\ud800', 'a\u0000b', 'a\udfff']) {
    for (const [document, input] of [
      ['mutation ($input: SignInForDevelopmentInput!) { signInForDevelopment(input: $input) { accessToken } }', { handle: bad }],
      [
        'mutation ($input: SignInForDevelopmentInput!) { signInForDevelopment(input: $input) { accessToken } }',
        { handle: 'x', timeZone: bad },
      ],
      ['mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', { provider: bad, idToken: bad, nonce: bad }],
      ['mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken } }', { refreshToken: bad }],
      ['mutation ($input: SignOutInput!) { signOut(input: $input) { signedOut } }', { refreshToken: bad }],
      ['mutation ($input: DeleteScenarioInput!) { deleteScenario(input: $input) { deletedId } }', { id: bad }],
      ['mutation ($input: CheckMissionInput!) { checkMission(input: $input) { item { id } } }', { missionId: bad, isChecked: true }],
      [mutation('addMission', '__typename'), { scenarioId: scenario.id, content: bad }],
      [mutation('addTodayMission', '__typename'), { scenarioId: scenario.id, content: bad }],
      [mutation('moveMission', '__typename'), { id: scenario.basicMissions[0]?.id, operationId: bad }],
      ['mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { id } } }', { dayStartsAt: bad }],
    ] as const) {
      expect(await client.rejection(document, { input }), `${document} ${JSON.stringify(input)}`).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
    expect(await client.rejection('query ($id: ID!) { scenario(id: $id) { id } }', { id: bad })).toMatchObject({ code: 'BAD_USER_INPUT' })
  }
})

// Mutation check: red without the rule in notification.resolver.ts: each is an etag that does not match.
test.each([
  ['a NUL', '1\u0000'],
  ['a lone surrogate', '\ud800'],
  ['a line break', '1\n'],
  ['257 characters', '1'.repeat(257)],
])('an etag with %s is rejected with its path', async (_what, ifNoneMatch) => {
  const document = 'query ($ifNoneMatch: String) { notifications(ifNoneMatch: $ifNoneMatch) { etag } }'
  expect(await client.rejection(document, { ifNoneMatch })).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path: 'ifNoneMatch' }] })
})
