// What the browser keeps for us. Whatever reads any of it imports this module, and so comes after Start over.

/** Everything of ours has this prefix. */
export const ours = 'doorstep-playground:'

/** What the tabs tell each other. sessionStorage, so that two windows can be two devices and no token outlives its window. */
export const memoryKey = `${ours}memory`
const startOverKey = `${ours}start-over`

/** Start over: the old page writes until the new one begins, so it is the new one that forgets, before it reads anything. */
if (sessionStorage.getItem(startOverKey)) {
  forget(ours, `${ours}graphiql:`)
  for (const key of [memoryKey, startOverKey]) sessionStorage.removeItem(key)
}

/** Brings the tabs back, signs out, and takes another handle. What GraphiQL keeps besides, such as the theme, stays. */
export function startOver() {
  sessionStorage.setItem(startOverKey, 'yes')
  location.reload()
}

/** Takes what begins with a prefix out of localStorage, except what begins with another. */
export function forget(prefix, except) {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(prefix) && !(except && key.startsWith(except))) localStorage.removeItem(key)
  }
}

/** A full localStorage costs the memory of a thing, and not the page. */
export function keep(key, value) {
  try {
    localStorage.setItem(key, value)
  } catch {
    console.warn('The browser keeps no more for the playground: its storage is full.')
  }
}
