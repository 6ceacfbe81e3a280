import { expect, test } from 'vitest'
import { addDays } from '../../src/dates.js'
import { daysOf, daysOfTheWeek, weekdayOf, weekdaysOf } from '../../src/weekdays.js'

test('days go into bits and come back, and every day is null', () => {
  expect(weekdaysOf(['SUNDAY', 'MONDAY', 'SUNDAY'])).toBe(0b100_0001)
  expect(weekdaysOf(daysOfTheWeek)).toBeNull()
  expect(daysOf(null)).toEqual(daysOfTheWeek)
  for (let bits = 1; bits < 127; bits++) expect(weekdaysOf(daysOf(bits).toReversed())).toBe(bits)
})

test('a date has the day of the week that the calendar says', () => {
  const format = new Intl.DateTimeFormat('en-US', { weekday: 'long', timeZone: 'UTC' })
  for (let date = '1999-12-25'; date < '2000-03-10'; date = addDays(date, 1))
    expect(daysOf(weekdayOf(date))).toEqual([format.format(Date.parse(date)).toUpperCase()])
})
