import { forget, keep, ours } from './kept.js'
import { defaultTabs, fingerprint } from './tabs.js'

/** A fingerprint of the default tabs is part of the key: change those, and every returning visitor gets the new ones. */
const tabsKey = `${ours}tabs-${fingerprint}`
forget(`${ours}tabs-`, tabsKey)

/**
 * GraphiQL writes its tabs half a second late and the active tab's text under other keys at other times, and makes a tab of
 * the difference where a reload comes in between. So this is the only place where tabs are written, at every change and
 * whole, and GraphiQL reads the text of the active one from it. Headers may hold a token, which has no business here.
 */
export function keepTabs(state) {
  const left = ['hash', 'response', 'headers']
  keep(
    tabsKey,
    JSON.stringify(state, (key, value) => (left.includes(key) ? null : value)),
  )
}

const keptTabs = () => JSON.parse(localStorage.getItem(tabsKey))

function keptTab() {
  const { tabs, activeTabIndex } = keptTabs() ?? {}
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

/** A visitor's own headers may hold a token, which has no business in localStorage; GraphiQL's history would put it there. */
const historyKeys = ['graphiql:queries', 'graphiql:favorites']
const withoutHeaders = (json) => JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? undefined : value))

/** The storage that GraphiQL gets. */
export const storage = {
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

/** A link to an operation (`linkTo`) opens it in a tab of its own, once: a reload does not open it again. */
export function openLinkedTab() {
  const linked = read(location.hash.slice(1))
  if (!linked) return
  history.replaceState(null, '', location.pathname)
  const { tabs } = keptTabs() ?? { tabs: defaultTabs.map(asTab) }
  keepTabs({ tabs: [...tabs, asTab(linked)], activeTabIndex: tabs.length })
}

function read(hash) {
  try {
    const { query, variables } = JSON.parse(decodeURIComponent(hash))
    return typeof query === 'string' && { query, variables: typeof variables === 'string' ? variables : null }
  } catch {
    return null
  }
}

function asTab({ query, variables = null }) {
  const [, , name = null] = /^(?!#).*(query|mutation|subscription)\s+(\w+)/m.exec(query) ?? []
  return {
    id: crypto.getRandomValues(new Uint32Array(2)).join('-'),
    title: name ?? '<untitled>',
    query,
    variables,
    headers: null,
    operationName: name,
    response: null,
  }
}
