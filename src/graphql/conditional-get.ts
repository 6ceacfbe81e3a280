import type { ApolloServerPlugin } from '@apollo/server'
import { type DocumentNode, Kind, type OperationDefinitionNode, visit } from 'graphql'
import type { Context } from './context.js'

/** A field whose value, computed for each answer, changes while the etag does not. */
const volatileField = 'nextOccurrences'

/**
 * Lets ordinary HTTP clients and caches keep the notification feed: a GET whose operation selects only `notifications`
 * bears the feed's etag as ETag, and a matching If-None-Match is answered with 304. Its address holds the operation and the variables;
 * so for one member (Vary: Authorization) an address and an etag have one answer.
 */
export function conditionalGet(): ApolloServerPlugin<Context> {
  const verdicts = new WeakMap<DocumentNode, Map<OperationDefinitionNode, boolean>>()

  function isConditional(document: DocumentNode, operation: OperationDefinitionNode): boolean {
    const known = verdicts.get(document) ?? new Map<OperationDefinitionNode, boolean>()
    verdicts.set(document, known)
    const verdict = known.get(operation) ?? (selectsOnlyTheFeed(operation) && !selects(document, volatileField))
    known.set(operation, verdict)
    return verdict
  }

  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ request, document, operation, contextValue }) {
          if (request.http?.method !== 'GET' || !operation || !isConditional(document, operation)) return
          contextValue.conditional = { ifNoneMatch: etagsOf(request.http.headers.get('if-none-match')), etag: null }
        },
        async willSendResponse({ response, contextValue }) {
          if (response.body.kind !== 'single' || !contextValue.conditional || response.body.singleResult.errors) return
          const { ifNoneMatch, etag } = contextValue.conditional
          if (etag === null) return
          response.http.headers.set('etag', `"${etag}"`)
          response.http.headers.set('cache-control', 'private, no-cache')
          response.http.headers.set('vary', 'Authorization')
          if (ifNoneMatch.includes(etag) || ifNoneMatch.includes('*')) response.http.status = 304
        },
      }
    },
  }
}

function selectsOnlyTheFeed({ operation, selectionSet: { selections } }: OperationDefinitionNode): boolean {
  const [only] = selections
  return operation === 'query' && selections.length === 1 && only?.kind === Kind.FIELD && only.name.value === 'notifications'
}

function selects(document: DocumentNode, name: string): boolean {
  let found = false
  visit(document, {
    Field(field) {
      if (field.name.value === name) found = true
    },
  })
  return found
}

/** The etags of an If-None-Match header. Weak or strong makes no difference to a GET (RFC 9110, 13.1.2). */
function etagsOf(header: string | undefined): string[] {
  if (header?.trim() === '*') return ['*']
  return [...(header ?? '').matchAll(/(?:W\/)?"([^"]*)"/g)].map(([, etag]) => etag as string)
}
