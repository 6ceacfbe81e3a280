import { adviceOn, BadHeader, codesOf, explain } from './advice.js'
import { eventsOf } from './events.js'
import { learnFrom, memberOf, memory } from './memory.js'
import { beginOutcome } from './outcomes.js'
import { fillIn } from './placeholders.js'
import { post } from './session.js'

let isTabLeft = false

/** Has GraphiQL let go of its request: what was asked in the tab that is left is still done and learnt from, but not shown. */
export function leaveTab(stop) {
  isTabLeft = true
  stop()
  isTabLeft = false
}

/**
 * What GraphiQL calls to send an operation. It gets an observable at once, so that Stop ends the request itself, and a response
 * that comes after a change of tabs does not land in another tab. The schema's introspection is nobody's tab.
 */
export function fetcher(params, { headers } = {}) {
  if (params.operationName === 'IntrospectionQuery') return post(requestFor(params, headers)).then((response) => response.json())
  return { subscribe: (observer) => run(params, headers, observer) }
}

function run(params, headers, observer) {
  const stop = new AbortController()
  const report = beginOutcome()
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  let events = 0
  let isLeft = false
  send()
    .catch((error) => {
      const isEndOfStream = stop.signal.aborted && events > 0
      report({ ms: elapsed(), note: isEndOfStream ? undefined : explain(stop.signal.aborted ? stop.signal.reason : error) })
    })
    .finally(() => {
      report({ sending: false })
      // GraphiQL may have begun the next request where it has let go of this one.
      if (!stop.signal.aborted && !isLeft) observer.complete()
    })
  return {
    unsubscribe() {
      isLeft = isTabLeft && events === 0
      if (!isLeft) stop.abort()
    },
  }

  async function send() {
    const { operationName, isSubscription } = operationIn(params.query, params.operationName)
    const request = requestFor({ ...params, operationName }, headers)
    if (isSubscription) request.headers.set('accept', 'text/event-stream')
    const response = await post(request, stop.signal)
    const { status, statusText } = response
    report({ status, statusText })
    let bytes = 0
    const show = (text) => {
      bytes += new TextEncoder().encode(text).length
      const result = parse(text, response)
      const note = isLeft ? 'The response came while another tab was open. Run shows it.' : adviceOn(result, request)
      report({ ms: elapsed(), bytes, codes: codesOf(result), note })
      if (result.data) learnFrom(result.data)
      if (!isLeft) observer.next(result)
    }
    request.isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    if (!request.isStream) return show(await response.text())
    for await (const event of eventsOf(response)) {
      report({ events: ++events })
      show(event)
    }
  }
}

/** The request that goes to the server. The visitor's own headers win over the remembered token. */
export function requestFor({ query, variables, operationName }, ownHeaders) {
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json' })
  for (const [name, value] of Object.entries(ownHeaders ?? {})) {
    try {
      headers.set(name, value)
    } catch (error) {
      throw new BadHeader(`The header ${JSON.stringify(name)} that you wrote under Headers can't be sent: ${error.message}`)
    }
  }
  const ownAuthorization = headers.get('authorization')
  const rememberedToken = ownAuthorization ? null : memory.accessToken
  if (rememberedToken) headers.set('authorization', `Bearer ${rememberedToken}`)
  const memberId = ownAuthorization ? memberOf(ownAuthorization) : memory.memberId
  const body = JSON.stringify({ query, variables: fillIn(variables, memberId), operationName })
  return { headers, ownAuthorization, rememberedToken, body }
}

function parse(text, { status, statusText }) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`what came with ${status} ${statusText} is no JSON`)
  }
}

/**
 * Which operation of a document is meant, and whether it is a subscription. Read from the text: for a moment after a change of
 * tabs, GraphiQL still gives the name and the tree of the operation in the tab before.
 */
function operationIn(query, givenName) {
  try {
    const operations = GraphiQL.GraphQL.parse(query).definitions.filter(({ kind }) => kind === 'OperationDefinition')
    const named = operations.find(({ name }) => name?.value === givenName)
    return { operationName: named && givenName, isSubscription: (named ?? operations[0])?.operation === 'subscription' }
  } catch {
    return { operationName: undefined, isSubscription: false } // The server says what is wrong with it.
  }
}
