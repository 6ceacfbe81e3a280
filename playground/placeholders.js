import { keep, ours } from './kept.js'
import { memory } from './memory.js'

/** A variable that is exactly one of these strings is replaced on its way to the server. Undefined: there is none yet. */
const placeholders = {
  '<id of Gym>': (memberId) => madeId(memberId, 'gym'),
  '<id of Leaving home>': (memberId) => madeId(memberId, 'leaving home'),
  "<operation of the phone's>": (memberId) => madeId(memberId, 'phone'),
  "<operation of the tablet's>": (memberId) => madeId(memberId, 'tablet'),
  '<id of nothing>': (memberId) => madeId(memberId, 'nothing'),
  '<first mission>': () => memory.missionIds[0],
  '<last mission>': () => memory.missionIds.at(-1),
  '<first scenario>': () => memory.scenarioIds[0],
  '<last scenario>': () => memory.scenarioIds.slice(1).at(-1), // one alone cannot be moved
  '<latest etag>': () => memory.etag,
  '<latest token>': () => memory.syncToken,
}

export class MissingId extends Error {}

/** Variables as the server gets them from a member. */
export function fillIn(value, memberId) {
  if (Array.isArray(value)) return value.map((inner) => fillIn(inner, memberId))
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fillIn(inner, memberId)]))
  }
  if (!Object.hasOwn(placeholders, value)) return value
  const found = placeholders[value](memberId)
  if (found === undefined) throw new MissingId(value)
  return found
}

/** One id for each member and purpose, the same one for ever: that is what makes a retry safe, today or tomorrow. */
function madeId(memberId, purpose) {
  const key = `${ours}id:${memberId}:${purpose}`
  const id = localStorage.getItem(key) ?? uuid()
  keep(key, id)
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
