import { adviceOn, BadHeader, codesOf, explain } from './advice.js'
import { eventsOf } from './events.js'
import { learnFrom, memberOf, memory } from './memory.js'
import { beginOutcome } from './outcomes.js'
import { fillIn } from './placeholders.js'
import { post } from './session.js'

/**
 * What GraphiQL calls to send an operation. It gets an observable at once, so that Stop and a change of tabs end the request
 * itself; a response that comes after that would land in another tab. The schema's introspection is nobody's tab.
 */
export function fetcher(params, { headers, documentAST } = {}) {
  if (params.operationName === 'IntrospectionQuery') return post(requestFor(params, headers)).then((response) => response.json())
  return { subscribe: (observer) => run(params, { headers, documentAST }, observer) }
}

function run(params, { headers, documentAST }, observer) {
  const stop = new AbortController()
  const report = beginOutcome()
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  let events = 0
  send()
    .catch((error) => {
      const isEndOfStream = stop.signal.aborted && events > 0
      report({ ms: elapsed(), note: isEndOfStream ? undefined : explain(stop.signal.aborted ? stop.signal.reason : error) })
    })
    .finally(() => {
      report({ sending: false })
      // GraphiQL has already begun the next request where it ended this one.
      if (!stop.signal.aborted) observer.complete()
    })
  return { unsubscribe: () => stop.abort() }

  async function send() {
    const operationName = named(params.operationName, params.query)
    const request = requestFor({ ...params, operationName }, headers)
    if (isSubscription(documentAST, operationName)) request.headers.set('accept', 'text/event-stream')
    const response = await post(request, stop.signal)
    const { status, statusText } = response
    report({ status, statusText })
    let bytes = 0
    const show = (text) => {
      bytes += new TextEncoder().encode(text).length
      const result = parse(text, response)
      report({ ms: elapsed(), bytes, codes: codesOf(result), note: adviceOn(result, request) })
      if (result.data) learnFrom(result.data)
      observer.next(result)
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

/** For a moment after a change of tabs, GraphiQL still gives the name of the operation in the tab before. */
function named(operationName, query) {
  return new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(query) ? operationName : undefined
}

function isSubscription(documentAST, operationName) {
  const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? []
  const operation = operations.find(({ name }) => name?.value === operationName) ?? operations[0]
  return operation?.operation === 'subscription'
}
