import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'
import type { Log } from '../infra/log.js'
import { conditionalGet } from './conditional-get.js'
import type { Context } from './context.js'
import { gatewayOf, jitExecutor, jsExecutor } from './executor.js'
import { formatError, noteUnexpected, withoutSuggestions } from './format-error.js'

type Options = {
  executor: 'jit' | 'js'
  /** Whether clients may ask for the schema, or be told what they might have meant. */
  introspection: boolean
  maxTokens: number
  timeoutMs: number
  log: Log
}

/** Apollo Server, with what costs time and gives nothing here switched off. */
export function createApollo(
  schema: GraphQLSchema,
  { executor, introspection, maxTokens, timeoutMs, log }: Options,
): ApolloServer<Context> {
  return new ApolloServer<Context>({
    gateway: gatewayOf(schema, executor === 'jit' ? jitExecutor(schema) : jsExecutor(schema), timeoutMs),
    introspection,
    formatError: introspection ? formatError : (formatted, error) => withoutSuggestions(formatError(formatted, error)),
    // The gate (limits/document-gate.ts) lets pass what it can't parse; this is what refuses a document of too many tokens.
    parseOptions: { maxTokens },
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    // Apollo's own would let a client name a document by its hash, past the gate. Ours are in persisted-documents.ts.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: log,
    // Apollo prints JSON with line breaks and spaces by default: 6 to 8 % of a request.
    stringifyResult: (value) => JSON.stringify(value),
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled(), unexpectedErrors, conditionalGet()],
  })
}

const unexpectedErrors: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue }) {
        noteUnexpected(errors, contextValue)
      },
    }
  },
}
