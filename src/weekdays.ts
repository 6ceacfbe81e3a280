export const daysOfTheWeek = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'] as const

export type DayName = (typeof daysOfTheWeek)[number]

/** Days of the week in the tables: a bit for each, Monday's the lowest. Null is every day. */
export type Weekdays = number | null

const everyDay = 0b111_1111

/** One list for each set of days, so that none is made for each line that is read. */
const lists = Array.from({ length: everyDay + 1 }, (_, bits) => daysOfTheWeek.filter((_, index) => bits & (1 << index)))

/** In whatever order they come and however often. */
export function weekdaysOf(days: readonly DayName[]): Weekdays {
  const bits = daysOfTheWeek.reduce((sum, day, index) => (days.includes(day) ? sum | (1 << index) : sum), 0)
  return bits === everyDay ? null : bits
}

/** Monday first, each once. */
export const daysOf = (weekdays: Weekdays): DayName[] => lists[weekdays ?? everyDay] as DayName[]

/** The day of the week of a date, as a bit. */
export const weekdayOf = (date: string): number => 1 << ((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7)
