import type { GatewayInterface } from '@apollo/server-gateway-interface'
import { type DocumentNode, type ExecutionResult, execute, GraphQLError, type GraphQLSchema } from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import { serviceUnavailable } from '../errors.js'
import { withDeadline } from '../infra/deadline.js'

/** Compiled operations are kept for this many documents; what is used least is compiled again. */
const compiledOperations = 500

type Executor = (request: {
  document: DocumentNode
  operationName: string | undefined
  queryHash: string
  context: unknown
  variables: Record<string, unknown>
}) => Promise<ExecutionResult>

/** Runs operations through graphql-jit, compiled once for each document. */
export function jitExecutor(schema: GraphQLSchema): Executor {
  const compiled = new LRUCache<string, CompiledQuery | ExecutionResult>({ max: compiledOperations })
  return async ({ document, operationName, queryHash, context, variables }) => {
    const key = `${queryHash}:${operationName ?? ''}`
    let operation = compiled.get(key)
    if (!operation) {
      operation = compileQuery(schema, document, operationName)
      compiled.set(key, operation)
    }
    const result = isCompiledQuery(operation) ? await operation.query(undefined, context, variables) : operation
    // Nothing ran, since the variables do not fit: graphql-js says so with their paths, and Apollo knows its wording.
    if (result.data === undefined) return execute({ schema, document, operationName, contextValue: context, variableValues: variables })
    return result.errors ? { ...result, errors: result.errors.map(asGraphQLError) } : result
  }
}

/** Runs operations through graphql-js: the reference, and the switch to throw should graphql-jit fail. */
export function jsExecutor(schema: GraphQLSchema): Executor {
  return async ({ document, operationName, context, variables }) =>
    execute({ schema, document, operationName, contextValue: context, variableValues: variables })
}

/**
 * Plugs an executor in where Apollo Server expects a gateway, the one place at which Apollo lets somebody else execute.
 * An operation that takes longer than `timeoutMs` is answered without its result; what it still does ends soon by the
 * same deadline (deadline.ts), and at the latest by PostgreSQL's time-outs.
 */
export function gatewayOf(schema: GraphQLSchema, execute: Executor, timeoutMs: number): GatewayInterface {
  return {
    async load() {
      return {
        executor: ({ document, operationName, queryHash, context, request }) =>
          withDeadline(timeoutMs, () =>
            inTime(
              execute({ document, operationName: operationName ?? undefined, queryHash, context, variables: request.variables ?? {} }),
              timeoutMs,
            ),
          ),
      }
    },
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => {}
    },
    async stop() {},
  }
}

async function inTime(result: Promise<ExecutionResult>, timeoutMs: number): Promise<ExecutionResult> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<ExecutionResult>((resolve) => {
    timer = setTimeout(() => resolve({ data: null, errors: [tooLate()] }), timeoutMs)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}

const tooLate = () => new GraphQLError('The operation took too long.', { originalError: serviceUnavailable() })

/** The errors of graphql-jit look like graphql's but have no `extensions`, on which Apollo relies. */
function asGraphQLError({ message, nodes, path, locations, originalError }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { nodes, path, originalError })
  return locations ? Object.assign(error, { locations }) : error
}
