import { firstSteps } from './first-steps.js'
import { handle } from './handle.js'
import { manyDevices } from './many-devices.js'

const tabs = [...firstSteps, ...manyDevices]

/** Tells two sets of tabs apart: FNV-1a, 32 bits, of all that is in them. */
export const fingerprint = fnv1a(JSON.stringify(tabs))

/** The visitor's own zone, so that "today" is their today. */
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC'

/** The tabs of a first visit. */
export const defaultTabs = tabs.map(({ query, variables }) => ({
  query: query.replace('<handle>', handle).replace('<time zone>', timeZone),
  variables: variables && JSON.stringify(variables, null, 2),
}))

function fnv1a(text) {
  let hash = 0x811c9dc5
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 0x01000193)
  return (hash >>> 0).toString(16)
}
