// Plain browser JavaScript, served as it is. React, ReactDOM and GraphiQL are globals of the scripts before it.

/** Everything we keep in the browser has this prefix. */
const ours = 'doorstep-playground:'

/** What the tabs tell each other. sessionStorage, so that two windows can be two members and no token outlives its window. */
const memoryKey = `${ours}memory`

/** Start over: the old page writes until the new one begins, so it is the new one that forgets, before it reads anything. */
const startOverKey = `${ours}start-over`
if (sessionStorage.getItem(startOverKey)) {
  forget(`${ours}tabs-`)
  for (const key of [memoryKey, startOverKey]) sessionStorage.removeItem(key)
}

const nothing = () => ({ accessToken: null, memberId: null, missionIds: [], scenarioIds: [] })
let memory = { ...nothing(), ...JSON.parse(sessionStorage.getItem(memoryKey) ?? '{}') }

// ---- The tabs. A returning visitor gets the new ones whenever anything here changes; see `storage`. ----

const tabs = [
  {
    query: `# 1. Press the pink Run button, or Ctrl+Enter.
# This signs in a made-up member: any handle will do, and
# the same handle is the same member again. The other tabs
# then send the access token for you.
mutation SignIn {
  signInForDevelopment(input: {
    handle: "newcomer"
    timeZone: "<time zone>"
  }) {
    accessToken
    accessTokenExpiresAt
    refreshToken
    member {
      id
      nickname
      timeZone
      today
    }
  }
}
`,
  },
  {
    query: `# 2. Makes two scenarios with missions that start fresh
# every day; "Leaving home" has an alarm on working days.
# The client makes the ids (see Variables), so that a
# second Run makes nothing twice.
mutation CreateScenarios($gymId: ID, $leavingHomeId: ID) {
  gym: createScenario(input: {
    id: $gymId
    name: "Gym"
    basicMissions: [
      { content: "Towel" }
      { content: "Water bottle" }
    ]
  }) {
    scenario { id name }
  }

  leavingHome: createScenario(input: {
    id: $leavingHomeId
    name: "Leaving home"
    memo: "Check these with your coat on."
    notification: {
      active: true
      method: ALARM
      daysOfWeek: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY]
      time: "07:45"
    }
    basicMissions: [
      { content: "Turn off the gas" }
      { content: "Close the windows" }
      { content: "Keys, phone, wallet" }
    ]
  }) {
    scenario {
      id
      name
      notification { active method daysOfWeek time }
      basicMissions { id content }
    }
    scenarios { id name }
    listVersion
  }
}
`,
    variables: { gymId: '<new id, gym>', leavingHomeId: '<new id, leaving home>' },
  },
  {
    query: `# 3. Every scenario in order, each with today's checklist:
# one snapshot of the database. Another day?
# checklist(date: "YYYY-MM-DD"), 31 days back, 14 ahead.
query Today {
  me { nickname today listVersion }
  scenarios {
    id
    name
    memo
    notification { active method time }
    checklist {
      date
      phase
      checkedCount
      totalCount
      items { missionId content isChecked }
    }
  }
}
`,
  },
  {
    query: `# 4. Ticks a mission of today's list. It sets, never
# toggles: a second Run changes nothing. In Variables,
# "<first mission>" is the first in the latest answer; any
# missionId will do, and isChecked: false unticks it.
mutation TickMission($missionId: ID!, $isChecked: Boolean!) {
  checkMission(input: {
    missionId: $missionId
    isChecked: $isChecked
  }) {
    item { content isChecked }
    checklist {
      date
      checkedCount
      totalCount
      items { missionId content isChecked }
    }
  }
}
`,
    variables: { missionId: '<first mission>', isChecked: true },
  },
  {
    query: `# 5. Moves the last scenario of the list to the top.
# A move names the two neighbours you saw: no prevId is the
# top, no nextId the end. "<last scenario>" is the last one
# in the latest answer, so each Run moves another.
mutation MoveScenario($id: ID!, $prevId: ID, $nextId: ID) {
  moveScenario(input: {
    id: $id
    prevId: $prevId
    nextId: $nextId
  }) {
    scenario { id name }
    scenarios { id name }
    listVersion
    rebalanced
  }
}
`,
    variables: { id: '<last scenario>', prevId: null, nextId: '<first scenario>' },
  },
]

/** The visitor's own zone, so that "today" is their today. */
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC'

const defaultTabs = tabs.map(({ query, variables }) => ({
  query: query.replace('<time zone>', timeZone),
  variables: variables && JSON.stringify(variables, null, 2),
}))

// ---- Placeholders: a variable that is exactly one of these strings is replaced on its way to the server. ----

const placeholders = {
  '<new id, gym>': () => madeId('gym'),
  '<new id, leaving home>': () => madeId('leaving home'),
  '<first mission>': () => memory.missionIds[0],
  '<first scenario>': () => memory.scenarioIds[0],
  '<last scenario>': () => memory.scenarioIds.slice(1).at(-1), // one alone cannot be moved
}

/** One id for each member and purpose, the same one for ever: that is what makes a retry safe, today or tomorrow. */
function madeId(purpose) {
  const key = `${ours}id:${memory.memberId}:${purpose}`
  const id = localStorage.getItem(key) ?? uuid()
  localStorage.setItem(key, id)
  return id
}

/** A random (version 4) UUID. crypto.randomUUID is missing where the page is not served from localhost or over TLS. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

class MissingId extends Error {}

function fillIn(value) {
  if (Array.isArray(value)) return value.map(fillIn)
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fillIn(inner)]))
  }
  const find = Object.hasOwn(placeholders, value) && placeholders[value]
  if (!find) return value
  const id = find()
  if (!id) throw new MissingId(value)
  return id
}

// ---- What is remembered from answers ----

function save() {
  sessionStorage.setItem(memoryKey, JSON.stringify(memory))
  showSession()
}

function showSession() {
  const badge = document.getElementById('session')
  badge.value = memory.accessToken ? 'Signed in' : 'Not signed in'
  badge.toggleAttribute('data-signed-in', Boolean(memory.accessToken))
}

function* objectsIn(value) {
  if (!value || typeof value !== 'object') return
  if (!Array.isArray(value)) yield value
  for (const inner of Object.values(value)) yield* objectsIn(inner)
}

function learnFrom(data) {
  const missionIds = []
  for (const object of objectsIn(data)) {
    if (object.accessToken) signedIn(object)
    if (object.scenarios) memory.scenarioIds = object.scenarios.map(({ id }) => id).filter(Boolean)
    for (const { id } of object.basicMissions ?? []) missionIds.push(id)
    for (const { missionId } of object.items ?? []) missionIds.push(missionId)
  }
  const known = missionIds.filter(Boolean)
  if (known.length > 0) memory.missionIds = known
  save()
}

/** Ids belong to the member they came from: another member starts with none. */
function signedIn({ accessToken, member }) {
  if (member?.id !== memory.memberId) memory = nothing()
  memory.accessToken = accessToken
  memory.memberId = member?.id ?? null
}

// ---- Asking the server ----

const advice = {
  UNAUTHENTICATED: 'You are not signed in. Run the SignIn tab first, then this one again.',
  NOT_FOUND: 'An id in the variables is not there any more. Run the Today tab, then this one again.',
  ID_TAKEN: 'Another member has this id. Empty the Variables, and the server makes the ids.',
  SERVICE_UNAVAILABLE: 'The server is too busy for a moment. It is safe to press Run again.',
}

async function fetcher({ query, variables, operationName }, { headers: ownHeaders = {} } = {}) {
  try {
    const body = JSON.stringify({ query, variables: fillIn(variables), operationName: named(operationName, query) })
    let answer = await post(body, ownHeaders, memory.accessToken)
    if (memory.accessToken && hasCode(answer, 'UNAUTHENTICATED')) {
      // The token is old. Nothing was done with it, so once more without: SignIn then works at the first try.
      memory.accessToken = null
      save()
      answer = await post(body, ownHeaders, null)
    }
    if (answer.data) learnFrom(answer.data)
    const code = Object.keys(advice).find((code) => hasCode(answer, code))
    return code ? { playground: advice[code], ...answer } : answer
  } catch (error) {
    return { playground: explain(error) }
  }
}

/** For a moment after a change of tabs, GraphiQL still gives the name of the operation in the tab before. */
function named(operationName, query) {
  return new RegExp(`\\b(query|mutation)\\s+${operationName}\\b`).test(query) ? operationName : undefined
}

/** The visitor's own headers win over the remembered token. */
async function post(body, ownHeaders, accessToken) {
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json' })
  if (accessToken) headers.set('authorization', `Bearer ${accessToken}`)
  for (const [name, value] of Object.entries(ownHeaders)) headers.set(name, value)
  const response = await fetch('/graphql', { method: 'POST', headers, body })
  return response.json()
}

function hasCode(answer, code) {
  return Boolean(answer.errors?.some(({ extensions }) => extensions?.code === code))
}

function explain(error) {
  if (error instanceof MissingId) {
    return memory.accessToken
      ? `There is no ${error.message} yet. Run the CreateScenarios tab first, then this one again.`
      : advice.UNAUTHENTICATED
  }
  return `No GraphQL answer from the server: ${error.message}. Is it running? Press Run to try again.`
}

// ---- What GraphiQL keeps ----

/** A fingerprint of the default tabs is part of the key: change those, and every returning visitor gets the new ones. */
const tabsKey = `${ours}tabs-${fingerprint(JSON.stringify(tabs))}`

/**
 * GraphiQL writes its tabs half a second late and the active tab's text under other keys at other times, and makes a tab of
 * the difference where a reload comes in between. So this is the only place where tabs are written, at every change and
 * whole, and GraphiQL reads the text of the active one from it. Headers may hold a token, which has no business here.
 */
function keepTabs(state) {
  const left = ['hash', 'response', 'headers']
  try {
    localStorage.setItem(
      tabsKey,
      JSON.stringify(state, (key, value) => (left.includes(key) ? null : value)),
    )
  } catch {
    // A full localStorage costs the memory of the tabs, and not the page.
  }
}

function keptTab() {
  const { tabs, activeTabIndex } = JSON.parse(localStorage.getItem(tabsKey)) ?? {}
  return tabs?.[activeTabIndex]
}

const readers = {
  'graphiql:tabState': () => localStorage.getItem(tabsKey),
  'graphiql:query': () => keptTab()?.query,
  'graphiql:variables': () => keptTab()?.variables,
  'graphiql:headers': () => null,
  'graphiql:operationName': () => null,
}
const isOfTabs = (key) => Object.hasOwn(readers, key)

const storage = {
  getItem: (key) => (isOfTabs(key) ? readers[key]() : localStorage.getItem(ours + key)),
  setItem(key, value) {
    if (!isOfTabs(key)) localStorage.setItem(ours + key, historyKeys.includes(key) ? withoutHeaders(value) : value)
  },
  removeItem(key) {
    if (!isOfTabs(key)) localStorage.removeItem(ours + key)
  },
  clear: () => forget(ours),
  get length() {
    return Object.keys(localStorage).filter((key) => key.startsWith(ours)).length
  },
}

/** A visitor's own headers may hold a token, which has no business in localStorage; GraphiQL's history would put it there. */
const historyKeys = ['graphiql:queries', 'graphiql:favorites']
const withoutHeaders = (json) => JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? undefined : value))

function forget(prefix, except) {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(prefix) && !(except && key.startsWith(except))) localStorage.removeItem(key)
  }
}

/** FNV-1a, 32 bits: enough to tell two sets of tabs apart. */
function fingerprint(text) {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193)
  return (hash >>> 0).toString(16)
}

// ---- Start ----

forget(`${ours}tabs-`, tabsKey)
showSession()

document.getElementById('start-over').addEventListener('click', () => {
  sessionStorage.setItem(startOverKey, 'yes')
  location.reload()
})

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher,
    storage,
    defaultTabs,
    onTabChange: keepTabs,
    defaultQuery: '# A query of your own. Ctrl+Space completes it; the book icon on the left explains the schema.\n',
    defaultEditorToolsVisibility: 'variables',
    shouldPersistHeaders: false,
  }),
)
