import { codesOf } from './advice.js'
import { learnFrom, memory, signedOut } from './memory.js'

const send = ({ headers, body }, signal) => fetch('/graphql', { method: 'POST', headers, body, signal })

/**
 * Sends a request, and once more where the remembered token is no good any more, since nothing was done with it then: with a
 * new one of the same session, or without any, so that SignIn works at the first try. A visitor's own token is sent once.
 */
export async function post(request, signal) {
  const response = await send(request, signal)
  if (!request.rememberedToken || !(await isUnauthenticated(response))) return response
  await renewed(request.rememberedToken)
  if (memory.accessToken) request.headers.set('authorization', `Bearer ${memory.accessToken}`)
  else request.headers.delete('authorization')
  return send(request, signal)
}

/** Looks at a copy of what has an end; a copy of a stream that nobody reads would be kept whole. */
async function isUnauthenticated(response) {
  if (!response.headers.get('content-type')?.includes('json')) return false
  return codesOf(await response.clone().json()).includes('UNAUTHENTICATED')
}

/** The schema's introspection and the visitor's request may find out at the same time: one renewal is for both. */
let renewal = null
function renewed(oldToken) {
  if (memory.accessToken === oldToken) renewal ??= renew().finally(() => (renewal = null))
  return renewal
}

const query = `mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) { accessToken refreshToken member { id nickname } }
}`

/** Gets a new pair of tokens for the remembered session; where there is none to be had, the session is forgotten. */
async function renew() {
  const { refreshToken } = memory
  if (!refreshToken) return signedOut()
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const response = await send({ headers, body: JSON.stringify({ query, variables: { input: { refreshToken } } }) })
  const { data } = await response.json()
  if (data?.refreshSession) learnFrom(data)
  else signedOut()
}
