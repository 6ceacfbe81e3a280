import { memory } from './memory.js'
import { MissingId } from './placeholders.js'

const notSignedIn = 'You are not signed in. Run the SignIn tab first, then this one again.'

/** What to do about the errors that a visitor of the tabs meets, by code. */
const advice = {
  UNAUTHENTICATED: notSignedIn,
  NOT_FOUND: 'An id in the variables is not there any more. Run the Today tab, then this one again.',
  ID_TAKEN: 'Another member has this id. Empty the Variables, and the server makes the ids.',
  VERSION_CONFLICT: 'It has changed since you read it. Run the Today tab, and give the new version.',
  ORDER_CONFLICT: 'The list has changed since you read it. Run the Today tab, then this one again.',
  DAY_CLOSED: 'That day is over: say in checkedAt when the tap was made, and it counts.',
  RATE_LIMITED: 'That was too much in a short time. Wait for the seconds that the response names.',
  SERVICE_UNAVAILABLE: 'The server is too busy for a moment. It is safe to press Run again.',
}

export const codesOf = (response) => [
  ...new Set((response?.errors ?? []).map(({ extensions }) => extensions?.code ?? 'an error without a code')),
]

export function adviceOn(response, { ownAuthorization, isStream }) {
  const code = codesOf(response).find((code) => Object.hasOwn(advice, code))
  if (code === 'UNAUTHENTICATED' && ownAuthorization)
    return 'The server does not accept the Authorization header that you wrote under Headers.'
  if (code === 'UNAUTHENTICATED' && isStream) return 'The stream ended with its access token. Press Run: the session is renewed.'
  return code && advice[code]
}

/** What to do where there is no response. */
export function explain(error) {
  if (error.name === 'AbortError') return 'Stopped. What was on its way may have been done.'
  if (error instanceof BadHeader) return error.message
  if (error instanceof MissingId) {
    return memory.accessToken ? `There is no ${error.message} yet. Run the CreateScenarios tab first, then this one again.` : notSignedIn
  }
  return `No GraphQL response from the server: ${error.message}. Is it running? Press Run to try again.`
}

export class BadHeader extends Error {}
