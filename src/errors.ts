/**
 * Every error that the API makes on purpose. Services throw them; graphql/format-error.ts writes
 * them. The codes are the public contract: a test compares the table in docs/api.md with `codes`.
 */
export const codes = {
  UNAUTHENTICATED: 'Sign in, or refresh the session, and send the access token as Authorization: Bearer …',
  BAD_USER_INPUT: 'Correct what `fields` names and send it again.',
  NOT_FOUND: 'Reload: there is no such thing, or it belongs to somebody else.',
  VERSION_CONFLICT: 'Reload, merge, and send it with `currentVersion`.',
  ORDER_CONFLICT: 'Show the order in `scenarioIds` and let the member drop again.',
  LIMIT_EXCEEDED: 'Delete something first: `limit` is the most there can be.',
  DATE_OUT_OF_RANGE: 'Choose a date from `earliest` to `latest`.',
  DAY_CLOSED: 'That day is history now; go on with `today`.',
  ID_TAKEN: 'Another thing bears this id already: make a new one.',
  RATE_LIMITED: 'Wait `retryAfterSeconds`, then try again.',
  SERVICE_UNAVAILABLE: 'Try again in a moment, with the same `operationId`: what was done already is not done once more.',
  INTERNAL_SERVER_ERROR: 'A fault of ours. Tell us the `requestId`.',
} as const

export type Code = keyof typeof codes

/** A rejected input value: its path (`input.basicMissions.0.content`) and what is wrong. */
export type FieldProblem = { path: string; message: string }

export class ApiError extends Error {
  readonly code: Code
  readonly details: Record<string, unknown>

  constructor(code: Code, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, { cause })
    this.name = 'ApiError'
    this.code = code
    this.details = details
  }
}

export const unauthenticated = (message = 'Sign in first.') => new ApiError('UNAUTHENTICATED', message)

/** A valid token of a member who has been deleted since is worth nothing. */
export const memberGone = () => unauthenticated('The member of this session is gone.')

export const badUserInput = (fields: FieldProblem[]) =>
  new ApiError('BAD_USER_INPUT', fields.map(({ path, message }) => `${path}: ${message}`).join(' '), { fields })

export const notFound = (what: string) => new ApiError('NOT_FOUND', `There is no such ${what}.`)

export const versionConflict = (what: 'scenario' | 'mission', currentVersion: number) =>
  new ApiError('VERSION_CONFLICT', `The ${what} has changed since: it is at version ${currentVersion}.`, { currentVersion })

export const orderConflict = (listVersion: number, scenarioIds: string[]) =>
  new ApiError('ORDER_CONFLICT', 'The list has changed since: nothing was moved.', { listVersion, scenarioIds })

export const limitExceeded = (what: string, limit: number) =>
  new ApiError('LIMIT_EXCEEDED', `There can be ${limit} ${what} at most.`, { limit })

export const dateOutOfRange = (earliest: string, latest: string) =>
  new ApiError('DATE_OUT_OF_RANGE', `The date must be from ${earliest} to ${latest}.`, { earliest, latest })

export const dayClosed = (date: string, today: string) => new ApiError('DAY_CLOSED', `${date} is closed; today is ${today}.`, { today })

export const idTaken = (what: 'thing' | 'operation' = 'thing') => new ApiError('ID_TAKEN', `Another ${what} bears this id already.`)

export const rateLimited = (retryAfterSeconds: number) =>
  new ApiError('RATE_LIMITED', `That was too much at once: try again in ${retryAfterSeconds} s.`, { retryAfterSeconds })

export const serviceUnavailable = (cause?: unknown) =>
  new ApiError('SERVICE_UNAVAILABLE', 'The service is too busy or a store is out of reach. Try again in a moment.', {}, cause)
