/** A random number generator that repeats itself: a failure can be looked at again. */
export function seeded(seed: number) {
  let state = seed >>> 0
  return (below: number) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return ((state ^ (state >>> 13)) >>> 0) % below
  }
}

const times = (count: number, make: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => make(index)).join(separator)

type Family = (size: number) => string

/** Each is harmless when small; they are sent in growing sizes. */
const families: Family[] = [
  (size) => `{ ${'me { '.repeat(size)} id ${'}'.repeat(size)} }`,
  (size) => `{ ${'{'.repeat(size)}`,
  (size) => `{ me { ${times(size, () => 'id')} } }`,
  (size) => `{ me { ${times(size, (index) => `a${index}: id`)} } }`,
  (size) => `{ ${times(size, (index) => `a${index}: scenarios { basicMissions { content } checklist { items { content } } }`)} }`,
  (size) => `{ ${times(size, () => 'scenarios { notification { active } notification { time } }')} }`,
  (size) => `{ scenarios { ${times(size, (index) => `d${index}: checklist(date: "2026-01-${10 + (index % 20)}") { items { id } }`)} } }`,
  (size) => `{ __typename ${times(size, () => '@include(if: true)')} }`,
  (size) => `{ __typename ${times(size, (index) => `@unknown${index}`)} }`,
  (size) => `query (${times(size, (index) => `$v${index}: Int`, ', ')}) { __typename }`,
  (size) => `query ($a: [${'['.repeat(size)}Int${']'.repeat(size)}]) { __typename }`,
  (size) => times(size, (index) => `query Q${index} { __typename }`),
  (size) =>
    `{ ...F0 } ${times(size, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)} fragment F${size} on Query { me { id } }`,
  (size) => `{ ...F0 } ${times(size, (index) => `fragment F${index} on Query { ...F${(index + 1) % size} }`)}`,
  (size) =>
    `{ me { ...F0 } } ${times(size, (index) => `fragment F${index} on Member { id nickname ...F${index + 1} }`)} fragment F${size} on Member { id }`,
  (size) => `{ ${times(size, (index) => `...F${index}`)} } ${times(size, (index) => `fragment F${index} on Query { me { id today } }`)}`,
  (size) => `{ ${times(size, () => '... on Query { me { ... on Member { id } } }')} }`,
  (size) => `{ scenario(id: ${'['.repeat(size)}1${']'.repeat(size)}) { id } }`,
  (size) => `{ scenario(id: ${'{a:'.repeat(size)}1${'}'.repeat(size)}) { id } }`,
  (size) => `{ scenario(id: "${'x'.repeat(size * 50)}") { id } }`,
  (size) => `{ scenario(id: ${'9'.repeat(size * 10)}) { id } }`,
  (size) => `{ scenario(id: """${'\n  x'.repeat(size)}""") { id } }`,
  (size) => `${'#'.repeat(size * 50)}\n{ __typename }`,
  (size) => `${'\n, '.repeat(size * 10)}{ __typename }`,
  (size) => `{ ${'ab'.repeat(size * 20)} }`,
  (size) => `{ __schema { types { fields { type { ${'ofType { '.repeat(size)} name ${'}'.repeat(size)} } } } }`,
  (size) => `{ __schema { types { ${'fields { type { '.repeat(size)} name ${'} }'.repeat(size)} } } }`,
  (size) => `mutation { ${times(size, (index) => `a${index}: updateMember(input: {}) { member { id } }`)} }`,
  (size) => `mutation { createScenario(input: { name: "x", basicMissions: [${times(size, () => '{ content: "x" }')}] }) { listVersion } }`,
  (size) => `mutation { createScenario(input: { ${times(size, (index) => `f${index}: 1`)} }) { listVersion } }`,
  (size) => `mutation { signOut(input: { refreshToken: "${'x'.repeat(size * 20)}" }) { signedOut } }`,
  (size) => `subscription { ${times(size, (index) => `a${index}`)} }`,
  (size) => `subscription ($a: Boolean!) { ${times(size, () => 'memberChanged @skip(if: $a) { token }')} }`,
  (size) =>
    `subscription { ${times(size, () => '...F @include(if: false)')} } fragment F on Subscription { memberChanged @skip(if: true) { token } }`,
  (size) => `type T { ${times(size, (index) => `f${index}: Int`)} }`,
  (size) => `{ ${'\\u0000'.repeat(size)} \ud800 \u0000 }`,
  (size) => `{ me { id } } ${'\ufeff'.repeat(size)}`,
]

const sizes = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 300, 700, 1_500, 3_000]

/** Documents of every family in every size: 37 × 15 = 555. */
export const hostileDocuments = () => families.flatMap((family) => sizes.map(family))

const words = `{ } ( ) [ ] : ! $ @ ... = | & "" "x" """x""" 0 1 -1 1.5e9 true null query mutation subscription fragment on include skip if
  me scenarios scenario id name memo version notification active method daysOfWeek time basicMissions content checklist date items isChecked
  createScenario updateScenario moveScenario deleteScenario addTodayMission deleteTodayMission checkMission updateMember input prevId nextId
  signIn signOut refreshSession createSignInNonce refreshToken __typename __schema types fields type ofType Member Scenario Query Mutation`.split(
  /\s+/,
)

const valid = [
  '{ me { id nickname timeZone today } }',
  'query Q($d: LocalDate) { scenarios { id name ...S } } fragment S on Scenario { checklist(date: $d) { items { id content } } }',
  'mutation { createScenario(input: { name: "x", basicMissions: [{ content: "y" }] }) { scenario { id } scenarios { id } } }',
  'mutation M($i: CheckMissionInput!) { checkMission(input: $i) { item { id isChecked } checklist { totalCount } } }',
  '{ __schema { types { name fields { name } } } }',
]

/** Words of GraphQL and of this schema in no order, or a valid document with a few of its words and characters changed. */
export function fuzzedDocument(random: (below: number) => number): string {
  const word = () => words[random(words.length)] as string
  if (random(3) === 0) return times(1 + random(60), word)
  const parts = (valid[random(valid.length)] as string).split(/\b/)
  for (let change = 0; change <= random(4); change++) {
    const at = random(parts.length)
    const how = random(4)
    if (how === 0) parts.splice(at, 1)
    else if (how === 1) parts.splice(at, 0, word())
    else if (how === 2) parts[at] = word()
    else parts[at] = String.fromCodePoint(1 + random(0xd7ff))
  }
  return parts.join('')
}
