import type { DayOfWeek } from '../../../client/src/generated/graphql.js'
import type { Words } from './ko.js'
import type { Language } from './languages.js'

export const daysOfWeek: DayOfWeek[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY']

const utc = (date: string) => new Date(`${date}T00:00:00Z`)

/** Local dates are added to as dates; which one is today, the server says. */
export function addDays(date: string, days: number): string {
  const moved = utc(date)
  moved.setUTCDate(moved.getUTCDate() + days)
  return moved.toISOString().slice(0, 10)
}

export const dayOfWeek = (date: string): DayOfWeek => daysOfWeek[(utc(date).getUTCDay() + 6) % 7] as DayOfWeek

const formats = new Map<string, Intl.DateTimeFormat>()

function format(language: Language, options: Intl.DateTimeFormatOptions, date: Date): string {
  const key = language + JSON.stringify(options)
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, options)
  formats.set(key, known)
  return known.format(date)
}

const of = (options: Intl.DateTimeFormatOptions) => (language: Language, date: string) =>
  format(language, { ...options, timeZone: 'UTC' }, utc(date))

export const longDate = of({ month: 'long', day: 'numeric', weekday: 'short' })
export const shortDate = of({ month: 'short', day: 'numeric' })
export const fullDate = of({ year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' })
export const monthName = of({ year: 'numeric', month: 'long' })
export const weekdayName = of({ weekday: 'short' })

/** The date that it is somewhere at an instant. */
export const dateIn = (timeZone: string, language: Language, instant: string) =>
  format(language, { month: 'short', day: 'numeric', timeZone }, new Date(instant))

export const moment = (language: Language, instant: string) =>
  format(language, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }, new Date(instant))

/** 2026-11-23 is a Monday. */
export const shortWeekday = (language: Language, day: DayOfWeek) => weekdayName(language, addDays('2026-11-23', daysOfWeek.indexOf(day)))

export function namesOf(words: Words, language: Language, days: readonly DayOfWeek[]): string {
  const isOf = (...indexes: number[]) =>
    days.length === indexes.length && indexes.every((index) => days.includes(daysOfWeek[index] as DayOfWeek))
  if (days.length === 7) return words.bell.everyDay
  if (isOf(0, 1, 2, 3, 4)) return words.bell.weekdays
  if (isOf(5, 6)) return words.bell.weekend
  return days.map((day) => shortWeekday(language, day)).join('·')
}
