import { ApolloServer, type ApolloServerOptionsWithSchema, type ApolloServerPlugin, HeaderMap } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'
import type { Log } from '../log.js'
import { conditionalGet } from './conditional-get.js'
import type { Context } from './context.js'
import type { DocumentCache } from './document-cache.js'
import type { Executor } from './executor.js'
import { formatError, noteUnexpected } from './format-error.js'

type Options = {
  documents: DocumentCache
  executor: Executor
  /** Whether clients may ask for the schema, and errors may suggest names of it. */
  introspection: boolean
  maxTokens: number
  log: Log
}

/** Apollo Server, with what costs time and gives nothing here switched off. */
export function createApollo(schema: GraphQLSchema, options: Options): ApolloServer<Context> {
  const { documents, executor, introspection, maxTokens, log } = options
  return new ApolloServer<Context>({
    schema,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    formatError,
    documentStore: storeOf(documents),
    // The pipeline (http/graphql.ts) passes on what it can't parse: this rejects too many tokens.
    parseOptions: { maxTokens },
    allowBatchedHttpRequests: false,
    // Pages can't send these without a preflight. Two are Apollo's; urql's GETs bear the token.
    csrfPrevention: { requestHeaders: ['x-apollo-operation-name', 'apollo-require-preflight', 'authorization'] },
    // Apollo's own would let a hash pass the limits. Ours are in persisted-documents.ts.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: log,
    // Apollo indents its JSON by default: 6 to 8 % of a request.
    stringifyResult: (value) => JSON.stringify(value),
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), executeWith(executor), conditionalGet()],
  })
}

/** Valid documents come from our cache; others Apollo Server parses and validates, to say why. */
function storeOf(documents: DocumentCache): NonNullable<ApolloServerOptionsWithSchema<Context>['documentStore']> {
  const sha256Length = 64
  return {
    get: async (key) => documents.getCached(key.slice(-sha256Length))?.valid ?? undefined,
    set: async () => {},
    delete: async () => undefined,
  }
}

/** Runs operations by our executor, and tells it of errors that come before an operation runs. */
function executeWith(executor: Executor): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          noteUnexpected(errors, contextValue)
          executor.rejected(contextValue, String(errors[0]?.extensions.code))
        },
        /** Without an operation Apollo Server goes on, and rejects the name. */
        async responseForOperation({ request, contextValue }) {
          const { operation } = contextValue
          if (!operation) return null
          const singleResult = await executor.run(operation, contextValue, request.variables ?? {})
          return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult } }
        },
      }
    },
  }
}
