import { z } from 'zod'
import { badUserInput } from './errors.js'
import { daysOfTheWeek, weekdaysOf } from './weekdays.js'

/**
 * Control characters and line separators are never meant in a line of text; bidirectional overrides and isolates let it
 * look like another one. The marks of Arabic and Hebrew (U+200E, U+200F, U+061C), joiners of emoji, noncharacters and
 * what Unicode has not assigned yet are let through: they are in use, or do no harm.
 */
const rejected = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u

/** Nothing to see: spaces, and what Unicode says to show nothing for, such as a zero-width space or the Hangul filler. */
const blank = /^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u

/** Text of `min` to `max` code points, after NFC. A text that must not be empty must not be blank either. */
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

/** A UUID. Some platforms write it in upper case; what comes back is always the canonical spelling, in lower case. */
export const uuid = z.guid('must be a UUID.').toLowerCase()

/** A UUID that a client may give to something new: RFC 9562, any version, and not zod's `uuid`, which lets nil and max pass. */
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

/** For a field that can be left out but can't be emptied: null counts as left out, as many clients send it so. */
export const optional = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined)

/** For a field that can be empty: what is left out counts as null. */
export const orNull = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? null)

/** Checks the input of a mutation or query by its rule: every problem at once, each with its path. */
export function parse<T extends z.ZodType>(rule: T, value: unknown, root = 'input'): z.output<T> {
  const result = rule.safeParse(value)
  if (result.success) return result.data
  throw badUserInput(result.error.issues.map(({ path, message }) => ({ path: [root, ...path].join('.'), message })))
}
