import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'
import { unavailable } from '../database/unavailable.js'
import { ApiError } from '../errors.js'
import type { Context } from './context.js'

/**
 * Formats an error by the contract: a rejection has its code and details, a bad variable its path;
 * anything unexpected is masked behind the request's id.
 */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const apiError = asApiError(error)
  const place = { ...(formatted.path && { path: formatted.path }), ...(formatted.locations && { locations: formatted.locations }) }
  if (apiError) return { message: apiError.message, ...place, extensions: { code: apiError.code, ...apiError.details } }

  const { code, requestId } = formatted.extensions ?? {}
  if (code === 'BAD_USER_INPUT')
    return { message: formatted.message, ...place, extensions: { code, fields: [badInput(formatted.message)] } }
  if (code !== 'INTERNAL_SERVER_ERROR') return { message: formatted.message, ...place, extensions: { code } }
  return {
    message: 'Something went wrong on our side.',
    ...place,
    extensions: { code, requestId },
  }
}

/** The client's result, its errors noted and formatted as Apollo Server does with its own. */
export function formatResult({ data, errors }: ExecutionResult, context: Context) {
  if (!errors) return { data: data ?? null }
  noteUnexpected(errors, context)
  const formatted = errors.map((error) => {
    const extensions = { code: 'INTERNAL_SERVER_ERROR', ...error.extensions }
    return formatError({ ...error.toJSON(), extensions }, error)
  })
  return { errors: formatted, data: data ?? null }
}

/** Logs unexpected errors, and marks each with the request's id for the client to tell. */
export function noteUnexpected(errors: readonly GraphQLError[], { log, requestId }: Context) {
  for (const error of errors) {
    const cause = unwrap(error)
    const apiError = asApiError(error)
    if (apiError?.code === 'SERVICE_UNAVAILABLE')
      log.warn({ err: apiError.cause ?? apiError, requestId, path: error.path }, 'a store was out of reach or too busy')
    if (apiError || isApollos(error)) continue
    if (isBadArgument(cause)) {
      Object.assign(error.extensions, { code: 'BAD_USER_INPUT' })
      continue
    }
    log.error({ err: cause, requestId, path: error.path }, 'an operation failed unexpectedly')
    Object.assign(error.extensions, { code: 'INTERNAL_SERVER_ERROR', requestId })
  }
}

/** Apollo's own rejections (syntax, validation, variables) have a code, and no path yet. */
const isApollos = ({ path, extensions }: GraphQLError) => path === undefined && extensions.code !== undefined

/** graphql's words for null in a variable with a default, which validation lets pass. */
const isBadArgument = (cause: unknown) => cause instanceof GraphQLError && badArgument.test(cause.message)

const badArgument = /^Argument "(\w+)" (?:of |has )/

function asApiError(error: unknown): ApiError | null {
  const cause = unwrap(error)
  return cause instanceof ApiError ? cause : unavailable(cause)
}

/** What a resolver threw. Apollo's unwrapResolverError does not know graphql-jit's errors. */
const unwrap = (error: unknown): unknown => (error as { originalError?: unknown } | null)?.originalError ?? error

/** From `Variable "$input" got invalid value 1 at "input.name"; …` and `Argument "id" of …`. */
function badInput(message: string) {
  const [, variable, path] = /^Variable "\$(\w+)"(?:.*? at "([^"]+)")?/s.exec(message) ?? []
  return { path: path ?? variable ?? badArgument.exec(message)?.[1] ?? '', message }
}
