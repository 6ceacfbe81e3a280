/** How the last request of each tab went: { sending, status, ms, bytes, codes, events, note }, by the tab's id. */
const outcomes = new Map()
const listeners = new Set()
let openTab

/** Which tab the next request belongs to. */
export function setOpenTab(tabId) {
  openTab = tabId
}

/** Begins an outcome for the tab that is open. What it gives takes news of it, until the tab's next request begins. */
export function beginOutcome() {
  const tabId = openTab
  const set = (outcome) => {
    outcomes.set(tabId, outcome)
    for (const listener of listeners) listener()
    return outcome
  }
  let mine = set({ sending: true })
  return (news) => {
    if (outcomes.get(tabId) === mine) mine = set({ ...mine, ...news })
  }
}

/** A React hook: the tab's outcome, or undefined. */
export const useOutcome = (tabId) => React.useSyncExternalStore(subscribe, () => outcomes.get(tabId))

function subscribe(listener) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
