import { expect, test } from 'vitest'
import { DateTime } from '../../src/graphql/scalars.js'

const accepted = (value: string) => {
  try {
    return DateTime.parseValue(value) === value
  } catch {
    return false
  }
}

test.each([
  '2026-03-15T23:50:00Z',
  '2026-03-15t23:50:00z',
  '2026-03-15T23:50:00.123Z',
  '2026-03-15T23:50:00.123456789+09:00',
  '2024-02-29T00:00:00-03:30',
])('%s is a DateTime', (value) => expect(accepted(value)).toBe(true))

// Mutation check: red with Date.parse alone, which takes most of them.
test.each([
  '2026',
  '2026-03-15',
  '2026-03-15T23:50:00',
  '2026-03-15 23:50:00Z',
  '2026-02-30T00:00:00Z',
  '2026-03-15T24:00:00Z',
  '2026-03-15T23:50Z',
  '2026-03-15T23:50:00+25:00',
  '2026-03-15T23:50:00.1234567890Z',
  'Mar 15 2026',
  '',
])('%s is none', (value) => expect(accepted(value)).toBe(false))
