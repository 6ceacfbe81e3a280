import type { ApolloServerPlugin } from '@apollo/server'
import type { Context } from './context.js'
import type { CachedOperation } from './document-cache.js'

/** A field whose value, computed for each response, changes while the etag does not. */
const volatileField = 'nextOccurrences'

/**
 * Lets HTTP caches keep the notification feed: a GET that selects only `notifications` bears the
 * feed's etag, and a matching If-None-Match is answered with 304. The address holds operation and
 * variables: for one member (Vary: Authorization) an address and an etag have one response.
 */
export function conditionalGet(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ request: { http }, contextValue }) {
      const { operation } = contextValue
      if (http?.method !== 'GET' || !operation || !selectsOnlyTheFeed(operation)) return
      const conditional = { ifNoneMatch: etagsOf(http.headers.get('if-none-match')), etag: null as string | null }
      contextValue.conditional = conditional
      return {
        async willSendResponse({ response }) {
          const { ifNoneMatch, etag } = conditional
          if (etag === null || response.body.kind !== 'single' || response.body.singleResult.errors) return
          response.http.headers.set('etag', `"${etag}"`)
          response.http.headers.set('cache-control', 'private, no-cache')
          response.http.headers.set('vary', 'Authorization')
          if (ifNoneMatch.includes(etag) || ifNoneMatch.includes('*')) response.http.status = 304
        },
      }
    },
  }
}

function selectsOnlyTheFeed({ definition, rootFields, fieldNames }: CachedOperation): boolean {
  const [only] = rootFields
  return definition.operation === 'query' && rootFields.length === 1 && only === 'notifications' && !fieldNames.has(volatileField)
}

/** The etags of an If-None-Match. To a GET weak and strong ones are equal (RFC 9110, 13.1.2). */
function etagsOf(header: string | undefined): string[] {
  if (header?.trim() === '*') return ['*']
  return [...(header ?? '').matchAll(/(?:W\/)?"([^"]*)"/g)].map(([, etag]) => etag as string)
}
