import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'
import { isCalendarDate } from '../dates.js'

/**
 * Values are strings from PostgreSQL to the client: only PostgreSQL does arithmetic with them, and
 * nothing becomes a Date on the way. Stricter than the usual libraries: one spelling of each value.
 */
function stringScalar(name: string, specifiedByURL: string | null, description: string, problem: (value: string) => string | null) {
  const parse = (value: unknown): string => {
    if (typeof value !== 'string') throw new GraphQLError(`${name} must be a string.`)
    const message = problem(value)
    if (message) throw new GraphQLError(`${name} ${message}`)
    return value
  }
  return new GraphQLScalarType<string, string>({
    name,
    description,
    specifiedByURL,
    serialize: (value) => value as string,
    parseValue: parse,
    parseLiteral: (node: ValueNode) => parse(node.kind === Kind.STRING ? node.value : undefined),
  })
}

export const LocalDate = stringScalar(
  'LocalDate',
  'https://scalars.graphql.org/chillicream/local-date.html',
  "A calendar day in the member's own time zone, YYYY-MM-DD. Never an instant.",
  (value) => (isCalendarDate(value) ? null : 'must be a date of the calendar, YYYY-MM-DD.'),
)

export const LocalTime = stringScalar(
  'LocalTime',
  'https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#times',
  'A wall-clock time without a date, HH:mm.',
  (value) => (/^([01]\d|2[0-3]):[0-5]\d$/.test(value) ? null : 'must be a time from 00:00 to 23:59, HH:mm.'),
)

const rfc3339 = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i

export const DateTime = stringScalar(
  'DateTime',
  'https://scalars.graphql.org/chillicream/date-time.html',
  'An instant, RFC 3339, UTC.',
  (value) => (isCalendarDate(rfc3339.exec(value)?.[1] ?? '') ? null : 'must be an instant, RFC 3339.'),
)

/** A token has some 16 characters for each transaction under way: enough for 1,000 connections. */
export const SyncToken = stringScalar(
  'SyncToken',
  null,
  "A point in the history of all that is a member's. Opaque; compare it with nothing.",
  (value) => (/^[\w-]{1,16384}$/.test(value) ? null : 'is no token of changes.'),
)

/** Checks the form only: PostgreSQL says which zones there are (Members.checkTimeZone). */
export const TimeZone = stringScalar(
  'TimeZone',
  'https://www.iana.org/time-zones',
  'An IANA time-zone name, such as Asia/Seoul.',
  (value) =>
    /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/.test(value) && value.length <= 64
      ? null
      : 'must be an IANA time-zone name, such as Asia/Seoul.',
)
