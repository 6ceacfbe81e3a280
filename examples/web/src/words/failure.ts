import type { Failure } from '../../../client/src/failures.js'
import type { Words } from './ko.js'

/** What has been refused, and what to do about it: for every code of the API, and for a network that is away. */
export function tell({ failures }: Words, { code, details }: Failure): string {
  const text = failures[code as keyof typeof failures] ?? failures.INTERNAL_SERVER_ERROR
  if (typeof text === 'string') return text
  switch (text) {
    case failures.RATE_LIMITED:
      return failures.RATE_LIMITED(Number(details.retryAfterSeconds ?? 1))
    case failures.LIMIT_EXCEEDED:
      return failures.LIMIT_EXCEEDED(Number(details.limit))
    case failures.DATE_OUT_OF_RANGE:
      // A check among others bears no details.
      return failures.DATE_OUT_OF_RANGE(details.earliest as string | undefined, details.latest as string | undefined)
    case failures.BAD_USER_INPUT:
      return failures.BAD_USER_INPUT(((details.fields ?? []) as { message: string }[]).map(({ message }) => message).join(' '))
    default:
      return failures.INTERNAL_SERVER_ERROR(String(details.requestId ?? code))
  }
}
