import { CombinedGraphQLErrors, ServerError, ServerParseError } from '@apollo/client/errors'
import type { GraphQLFormattedError } from 'graphql'

/** Why something was not done. */
export type Failure = {
  /** A code of the API, or NETWORK where no response of the API came. */
  code: string
  message: string
  /** What goes with the code, such as `fields`, `limit` or `scenarioIds`. */
  details: Record<string, unknown>
}

const ofStore = new Set(['NETWORK', 'SERVICE_UNAVAILABLE', 'RATE_LIMITED'])

/** Whether the same may be done if it is sent again. With its operation id it can be: nothing is done twice. */
export const isTransient = ({ code }: Failure): boolean => ofStore.has(code)

/**
 * Whether what is rejected with it has to wait: also where the access token was rejected, however often it was refreshed. Where the session is
 * over, the refresh says so.
 */
export const hasToWait = (failure: Failure): boolean => isTransient(failure) || failure.code === 'UNAUTHENTICATED'

/** How long the server wants to be left alone, in milliseconds. */
export const pauseOf = ({ details }: Failure): number => Number(details.retryAfterSeconds ?? 0) * 1_000

export function failureOf(error: unknown): Failure {
  if (CombinedGraphQLErrors.is(error)) return failureOfErrors(error.errors)
  // What is too large for a proxy stays so. Whatever else one answers may be over soon.
  if (ServerError.is(error) && error.statusCode === 413) return { code: 'BAD_REQUEST', message: error.message, details: { status: 413 } }
  if (ServerError.is(error) || ServerParseError.is(error)) return network(error, Number(error.response.headers.get('retry-after')) || 0)
  return network(error)
}

/** Every error of the API has a code: one that has none is a proxy's. */
export function failureOfErrors(errors: readonly GraphQLFormattedError[] = []): Failure {
  const [{ message = 'There is neither data nor an error.', extensions = {} } = {}] = errors
  const { code = 'NETWORK', ...details } = extensions
  return { code: String(code), message, details }
}

const network = (error: unknown, retryAfterSeconds = 0): Failure => ({
  code: 'NETWORK',
  message: error instanceof Error ? error.message : String(error),
  details: { retryAfterSeconds },
})
