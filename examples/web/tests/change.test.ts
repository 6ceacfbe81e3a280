import { expect, test } from 'vitest'
import type { DayOfWeek } from '../../client/src/generated/graphql.js'
import type { Scenario } from '../src/editor/draft.js'
import { inputOf } from '../src/notifications/change.js'

const weekdays: DayOfWeek[] = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY']
const unset: Scenario['notification'] = { id: 'one', active: false, method: null, daysOfWeek: [], time: null, place: null }
const set: Scenario['notification'] = { ...unset, active: true, method: 'ALARM', daysOfWeek: ['MONDAY'], time: '07:30' }

// Mutation check: red where what is set already is sent, too.
test('a change of an alert sends nothing of what it leaves as it is', () => {
  expect(inputOf(set, { daysOfWeek: ['TUESDAY'] })).toEqual({ active: true, daysOfWeek: ['TUESDAY'] })
  expect(inputOf(set, { active: false })).toEqual({ active: false })
})

test('one that was never set begins with what is usual; one that has a place needs no time', () => {
  expect(inputOf(unset, { active: true })).toEqual({ active: true, method: 'PUSH', daysOfWeek: weekdays, time: '08:00' })
  const place = { latitude: 1, longitude: 1, radiusMeters: 100, on: 'LEAVE' as const, from: null, until: null }
  expect(inputOf({ ...unset, place }, { active: true, method: 'ALARM' })).toEqual({ active: true, method: 'ALARM', daysOfWeek: weekdays })
})
