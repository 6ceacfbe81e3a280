import { expect, test } from 'vitest'
import { codes } from '../../../src/errors.js'
import { dateIn } from '../src/words/dates.js'
import { en } from '../src/words/en.js'
import { tell } from '../src/words/failure.js'
import { ko } from '../src/words/ko.js'

const details = {
  retryAfterSeconds: 7,
  limit: 100,
  earliest: '2026-11-01',
  latest: '2026-12-01',
  requestId: 'a-request',
  fields: [
    { path: 'input.name', message: 'must not be blank.' },
    { path: 'input.basicMissions.0.id', message: 'must be a UUID.' },
  ],
}

test('a Korean name has the particle that its last syllable takes', () => {
  expect(['여행', '커피', 'A'].map(ko.deleted)).toEqual(['‘여행’을 지웠어요', '‘커피’를 지웠어요', '‘A’ 지웠어요'])
})

// Mutation check: red where failures lacks a code of the API.
test.each([
  ['Korean', ko],
  ['English', en],
])('every refusal of the API is told in %s words, with what to do', (_name, words) => {
  const told = [...Object.keys(codes), 'NETWORK'].map((code) => tell(words, { code, message: '', details }))
  expect(new Set(told).size).toBe(told.length)
  for (const text of told) {
    expect(text).not.toMatch(/undefined|NaN|object|[A-Z]{3}_/)
    // What happened, and what to do.
    expect(text.length).toBeGreaterThan(20)
  }
  expect(tell(words, { code: 'DATE_OUT_OF_RANGE', message: '', details: {} })).not.toContain('undefined')
  expect(told.join()).toContain('2026-11-01')
  expect(told.join()).toContain(words.editor.name)
  expect(told.join()).not.toContain('must')
})

test.each([
  ['Korean', ko],
  ['English', en],
])('a refusal that nobody knows is told in %s words, without its code', (_name, words) => {
  expect(tell(words, { code: 'BAD_REQUEST', message: '', details: {} })).not.toMatch(/undefined|BAD_REQUEST/)
})

test('the date of an instant is that of the zone', () => {
  const dates = ['Asia/Seoul', 'America/New_York'].map((zone) => dateIn(zone, 'en', '2026-11-30T18:00:00Z'))
  expect(dates).toEqual(['Dec 1', 'Nov 30'])
})
