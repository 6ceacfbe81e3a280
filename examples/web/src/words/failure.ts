import type { Failure } from '../../../client/src/failures.js'
import type { Words } from './ko.js'

/** What has been refused, and what to do about it: for every code of the API, and for a network that is away. */
export function tell(words: Words, { code, details }: Failure): string {
  const { failures } = words
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
      return failures.BAD_USER_INPUT(namesOf(words, (details.fields ?? []) as { path: string }[]))
    default:
      return failures.INTERNAL_SERVER_ERROR(details.requestId as string | undefined)
  }
}

/** What the screens call the fields; the API's own messages are English, and for programmers. */
function namesOf({ editor, bell, me, daysOff }: Words, fields: { path: string }[]): string {
  const { nickname, timeZone, dayStartsAt } = me
  const known = { name: editor.name, memo: editor.memo, content: editor.lines, time: bell.time, daysOfWeek: bell.days, method: bell.method }
  const names = new Map(Object.entries({ ...known, nickname, timeZone, dayStartsAt, from: daysOff.from, to: daysOff.to }))
  return [...new Set(fields.flatMap(({ path }) => names.get(path.split('.').at(-1) ?? '') ?? []))].join(', ')
}
