import { memoryKey } from './kept.js'

const nothing = () => ({
  accessToken: null,
  refreshToken: null,
  memberId: null,
  nickname: null,
  etag: null,
  syncToken: null,
  missionIds: [],
  scenarioIds: [],
})

/** What was in the responses until now and later requests need: tokens and ids. */
export let memory = { ...nothing(), ...JSON.parse(sessionStorage.getItem(memoryKey) ?? '{}') }

/** Keeps what a response holds of use to later requests. */
export function learnFrom(data) {
  const missionIds = []
  for (const object of objectsIn(data)) {
    if (object.accessToken) signedIn(object)
    if (object.signedOut || (object.deletedId && object.deletedId === memory.memberId)) signedOut()
    if (object.etag) memory.etag = object.etag
    if (object.token && 'fullSync' in object) memory.syncToken = object.token
    if (object.scenarios) memory.scenarioIds = object.scenarios.map(({ id }) => id).filter(Boolean)
    for (const { id } of object.basicMissions ?? []) missionIds.push(id)
    for (const { missionId } of object.items ?? []) missionIds.push(missionId)
  }
  const known = missionIds.filter(Boolean)
  if (known.length > 0) memory.missionIds = known
  save()
}

/** The tokens are no good any more; the ids still are, for the same member. */
export function signedOut() {
  Object.assign(memory, { accessToken: null, refreshToken: null })
  save()
}

/** Shows who is signed in. */
export function showSession() {
  const badge = document.getElementById('session')
  const isSignedIn = Boolean(memory.accessToken)
  badge.querySelector('span').textContent = isSignedIn ? 'Signed in as' : 'Not signed in'
  badge.querySelector('b').textContent = isSignedIn ? (memory.nickname ?? 'a member') : ''
  badge.toggleAttribute('data-signed-in', isSignedIn)
}

/** Whose access token this is, or null where it is none of ours. */
export function memberOf(accessToken) {
  try {
    const [, claims] = accessToken.split('.')
    return JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))).sub ?? null
  } catch {
    return null
  }
}

/** Ids belong to the member they came from: another member starts with none. */
function signedIn({ accessToken, refreshToken, member }) {
  const memberId = memberOf(accessToken)
  if (memberId !== memory.memberId) memory = nothing()
  Object.assign(memory, { accessToken, refreshToken: refreshToken ?? null, memberId })
  if (member?.nickname) memory.nickname = member.nickname
}

function save() {
  sessionStorage.setItem(memoryKey, JSON.stringify(memory))
  showSession()
}

function* objectsIn(value) {
  if (!value || typeof value !== 'object') return
  if (!Array.isArray(value)) yield value
  for (const inner of Object.values(value)) yield* objectsIn(inner)
}
