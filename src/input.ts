import { z } from 'zod'
import { badUserInput } from './errors.js'
import { daysOfTheWeek, weekdaysOf } from './weekdays.js'

/**
 * Control characters and line separators never belong in a line of text; bidirectional overrides
 * and isolates disguise it. Marks of Arabic and Hebrew (U+200E, U+200F, U+061C), emoji joiners,
 * noncharacters and unassigned code points pass: they are in use, or harmless.
 */
const rejected = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u

/** Invisible: spaces, and what Unicode shows nothing for (zero-width space, Hangul filler). */
const blank = /^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u

/** Text of `min` to `max` code points, after NFC. With `min` 1 it must not be blank either. */
export const text = ({ min, max }: { min: 0 | 1; max: number }) =>
  z.string().transform((value, context) => {
    const normal = value.isWellFormed() ? value.normalize('NFC') : value
    const problem = textProblem(normal, min, max)
    if (problem) context.addIssue(problem)
    return normal
  })

function textProblem(value: string, min: number, max: number): string | null {
  if (!value.isWellFormed()) return 'is not well-formed Unicode.'
  if (rejected.test(value)) return 'must not contain line breaks, control or text-direction characters.'
  const length = [...value].length
  if (length > max) return `must have ${max} characters at most.`
  return min > 0 && blank.test(value) ? 'must not be blank.' : null
}

/** A UUID in either case, as some platforms write upper case; becomes canonical lower case. */
export const uuid = z.guid('must be a UUID.').toLowerCase()

/** A client's UUID for something new: RFC 9562, any version. zod's `uuid` accepts nil and max. */
export const newUuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i, 'must be a UUID of a known version (RFC 9562).')
  .toLowerCase()

/** Days of the week of a line: one at least, in any order; undefined where they are left out. */
export const weekdaysRule = z
  .array(z.enum(daysOfTheWeek))
  .min(1, 'must name one day at least.')
  .nullish()
  .transform((days) => (days ? weekdaysOf(days) : undefined))

/** For a field that can't be emptied: null counts as left out, as many clients send it so. */
export const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined)

/** For a field that can be empty: what is left out counts as null. */
export const orNull = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? null)

/** Reports every problem of an input at once, each with its path. */
export function parse<T extends z.ZodType>(rule: T, value: unknown, root = 'input'): z.output<T> {
  const result = rule.safeParse(value)
  if (result.success) return result.data
  throw badUserInput(result.error.issues.map(({ path, message }) => ({ path: [root, ...path].join('.'), message })))
}
