import { expect, test } from 'vitest'
import { codes } from '../../../src/errors.js'
import { en } from '../src/words/en.js'
import { tell } from '../src/words/failure.js'
import { ko } from '../src/words/ko.js'

const details = {
  retryAfterSeconds: 7,
  limit: 100,
  earliest: '2026-11-01',
  latest: '2026-12-01',
  requestId: 'a-request',
  fields: [{ path: 'name', message: 'Too long.' }],
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
  expect(told.join()).toContain('Too long.')
})
