import type { ApolloServerPlugin } from '@apollo/server'
import type { Context } from './context.js'
import { type CachedOperation, sha256 } from './document-cache.js'

/** A field whose value, computed for each response, changes while the etag does not. */
const volatileField = 'nextOccurrences'

/**
 * Lets HTTP caches keep the notification feed: a GET that selects only `notifications` bears the
 * feed's etag, and a matching If-None-Match is answered with 304. The address holds operation and
 * variables: for one member (Vary: Authorization) an address and an ETag have one response. The
 * ETag has the document's digest besides: a persisted one can be another under the same name.
 */
export function conditionalGet(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ request: { http, query = '' }, contextValue }) {
      const { operation } = contextValue
      if (http?.method !== 'GET' || !operation || !selectsOnlyTheFeed(operation)) return
      const header = http.headers.get('if-none-match')?.trim() ?? ''
      const ofDocument = `-${sha256(query).slice(0, 16)}`
      const conditional = { ifNoneMatch: etagsOf(header, ofDocument), etag: null as string | null }
      contextValue.conditional = conditional
      return {
        async willSendResponse({ response }) {
          const { ifNoneMatch, etag } = conditional
          if (etag === null || response.body.kind !== 'single' || response.body.singleResult.errors) return
          response.http.headers.set('etag', `"${etag}${ofDocument}"`)
          response.http.headers.set('cache-control', 'private, no-cache')
          response.http.headers.set('vary', 'Authorization')
          if (ifNoneMatch.includes(etag) || header === '*') response.http.status = 304
        },
      }
    },
  }
}

function selectsOnlyTheFeed({ definition, rootFields, fieldNames }: CachedOperation): boolean {
  const [only] = rootFields
  return definition.operation === 'query' && rootFields.length === 1 && only === 'notifications' && !fieldNames.has(volatileField)
}

/**
 * The feed's etags in an If-None-Match, of those that end so. To a GET weak and strong ones are
 * equal (RFC 9110, 13.1.2). `*` is none of them, and in quotes an ETag like any other.
 */
function etagsOf(header: string, ending: string): string[] {
  const etags = [...header.matchAll(/(?:W\/)?"([^"]*)"/g)].map(([, etag]) => etag as string)
  return etags.filter((etag) => etag.endsWith(ending)).map((etag) => etag.slice(0, -ending.length))
}
