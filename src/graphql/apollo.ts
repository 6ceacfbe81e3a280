import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import type { GatewayInterface } from '@apollo/server-gateway-interface'
import type { GraphQLSchema } from 'graphql'
import type { Log } from '../log.js'
import { conditionalGet } from './conditional-get.js'
import type { Context } from './context.js'
import { type FormatError, noteUnexpected } from './format-error.js'
import { stringify } from './json-text.js'
import type { Operations } from './operations.js'

type Options = {
  operations: Operations
  formatError: FormatError
  /** Whether clients may ask for the schema. */
  introspection: boolean
  maxTokens: number
  log: Log
}

/** Apollo Server, with what costs time and gives nothing here switched off. */
export function createApollo(
  schema: GraphQLSchema,
  { operations, formatError, introspection, maxTokens, log }: Options,
): ApolloServer<Context> {
  return new ApolloServer<Context>({
    gateway: gatewayOf(schema, operations),
    introspection,
    formatError,
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
    stringifyResult: (value) => stringify(value),
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

/** Plugs the operations in where Apollo Server expects a gateway, the one place at which it lets somebody else execute. */
function gatewayOf(schema: GraphQLSchema, operations: Operations): GatewayInterface {
  return {
    async load() {
      return {
        async executor({ source, document, context, request }) {
          // The name that was asked for, as whoever asks next will; not the one that Apollo has found.
          const operation = operations.prepare({ source, document, operationName: request.operationName ?? undefined })
          return operation(context as Context, request.variables ?? {})
        },
      }
    },
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => {}
    },
    async stop() {},
  }
}
