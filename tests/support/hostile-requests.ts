import { fuzzedDocument, hostileDocuments, seeded } from './hostile.js'

/** Requests that are hostile by their variables, and by how much a cache would keep of them; as bodies. */

const wideFields =
  'id name memo version createdAt updatedAt notification { active method daysOfWeek time } basicMissions { id content version }'

/** As wide as the limits permit, 8.5 kB, and each another one. */
export function wideDocument(index: number): string {
  const fields = Array.from({ length: 58 }, (_, n) => `a${n}: scenario(id: "${n}") { ${wideFields} }`)
  return `query Wide${index} { ${fields.join(' ')} }`
}

const operations = [
  'mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { accessToken } }',
  'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
  'mutation ($input: CheckMissionInput!) { checkMission(input: $input) { item { id } } }',
  'mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { listVersion } }',
  'mutation ($input: UpdateScenarioInput!) { updateScenario(input: $input) { scenario { version } } }',
  'mutation ($input: MoveScenarioInput!) { moveScenario(input: $input) { listVersion } }',
  'mutation ($input: AddTodayMissionInput!) { addTodayMission(input: $input) { item { id } } }',
  'mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { id } } }',
  'query ($input: ID!) { scenario(id: $input) { id } }',
  'query ($input: LocalDate) { scenarios { checklist(date: $input) { date } } }',
  'query ($input: String) { notifications(ifNoneMatch: $input) { etag } }',
]
const knownKeys =
  `id name memo notification basicMissions content active method daysOfWeek time missionId isChecked date checkedAt scenarioId
  prevId nextId expectedListVersion expectedVersion nickname timeZone dayStartsAt refreshToken idToken nonce provider handle`.split(/\s+/)
const otherKeys = ['__proto__', 'constructor', 'toString', 'x', 'input', 'k'.repeat(10_000)]
const scalars = [
  ...['null', 'true', '0', '-1', '1e400', '1.5', '9'.repeat(400), '""', '"x"', '"\\ud800"', '"\\u0000"', '"2026-02-30"', '"NODAY"'],
  '"00000000-0000-4000-8000-000000000000"',
]
const sizes = [1, 2, 5, 20, 200, 2_000, 8_000, 40_000]

/** Variables that hardly ever fit. As text, since some are nested more deeply than can be written by JSON.stringify. */
function hostileVariables(random: (below: number) => number): string {
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T
  const many = (make: (index: number) => string) => Array.from({ length: pick(sizes) }, (_, index) => make(index)).join()
  const key = () => pick(random(3) > 0 ? knownKeys : otherKeys)
  const field = (depth: number) => `${JSON.stringify(key())}:${value(depth + 1)}`
  const value = (depth: number): string => {
    const kind = random(depth > 3 ? 3 : 9)
    if (kind < 2) return pick(scalars)
    if (kind === 2) return `"${'x'.repeat(pick(sizes))}"`
    if (kind === 3) return nested(pick(sizes))
    if (kind === 4) return `[${many(() => pick(scalars))}]`
    if (kind === 5) return `{${many((index) => `"key${index}":${index}`)}}`
    return `{${Array.from({ length: 1 + random(6) }, () => field(depth)).join()}}`
  }
  return `{"query":${JSON.stringify(pick(operations))},"variables":{"input":${value(0)}}}`
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

/** Hostile and fuzzed documents, wide ones, and hostile variables, by turns. */
export function hostileBodies({
  documents,
  wide,
  variables,
  seed,
}: {
  documents: number
  wide: number
  variables: number
  seed: number
}): string[] {
  const random = seeded(seed)
  const ofDocument = (query: string) => JSON.stringify({ query, variables: { d: '2026-01-01', i: { missionId: 'x' } } })
  const all = [
    ...hostileDocuments().map(ofDocument),
    ...Array.from({ length: documents }, () => ofDocument(fuzzedDocument(random))),
    ...Array.from({ length: wide }, (_, index) => ofDocument(wideDocument(index))),
    ...Array.from({ length: variables }, () => hostileVariables(random)),
  ]
  return all
    .map((body) => ({ body, place: random(2 ** 30) }))
    .sort((one, other) => one.place - other.place)
    .map(({ body }) => body)
}
