import { randomUUID } from 'node:crypto'
import type { ApolloServer } from '@apollo/server'
import fastifyApollo from '@as-integrations/fastify'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import type { Context } from '../graphql/context.js'
import type { Log } from '../infra/log.js'
import { type GraphQLGate, graphqlGate } from './graphql-gate.js'
import { type Health, health } from './health.js'
import { playground } from './playground.js'

export type HttpOptions = {
  apollo: ApolloServer<Context>
  log: Log
  health: Health
  memberOf(accessToken: string): Promise<string | null>
  playground: boolean
  gate: GraphQLGate
}

/** The HTTP side: GraphQL, the playground, health. It listens on nothing yet. */
export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: 512 * 1024,
    forceCloseConnections: 'idle',
  })
  server.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) request.log.error({ err: error, requestId: request.id }, 'a request failed unexpectedly')
    const message = status >= 500 ? 'Something went wrong on our side.' : error.message
    const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST'
    return reply.code(status).send({ errors: [{ message, extensions: { code, requestId: request.id } }] })
  })
  server.setNotFoundHandler(async (_request, reply) =>
    reply
      .code(404)
      .send({ errors: [{ message: 'There is nothing at this address: GraphQL is at /graphql.', extensions: { code: 'NOT_FOUND' } }] }),
  )
  await server.register(health, options.health)
  if (options.playground) await server.register(playground)
  await server.register(async (scope) => {
    scope.addHook('preHandler', graphqlGate(options.gate))
    await scope.register(fastifyApollo(options.apollo), { path: '/graphql', method: ['GET', 'POST'], context: contextOf(options) })
  })
  return server
}

function contextOf({ memberOf, log }: HttpOptions) {
  return async (request: FastifyRequest): Promise<Context> => {
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    return { memberId: token ? await memberOf(token) : null, requestId: request.id, log }
  }
}
