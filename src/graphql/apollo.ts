import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import type { GraphQLSchema } from 'graphql'
import type { Log } from '../infra/log.js'
import { conditionalGet } from './conditional-get.js'
import type { Context } from './context.js'
import { jitGateway } from './executor.js'
import { formatError, noteUnexpected } from './format-error.js'

type Options = { executor: 'jit' | 'js'; introspection: boolean; log: Log }

/** Apollo Server, with what costs time and gives nothing here switched off. */
export function createApollo(schema: GraphQLSchema, { executor, introspection, log }: Options): ApolloServer<Context> {
  return new ApolloServer<Context>({
    ...(executor === 'jit' ? { gateway: jitGateway(schema) } : { schema }),
    introspection,
    formatError,
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
