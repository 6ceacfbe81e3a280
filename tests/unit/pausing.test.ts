import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays } from '../../src/dates.js'
import { ApiError } from '../../src/errors.js'
import type { Pause } from '../../src/pause/pause.types.js'
import { takeBack, takeOff } from '../../src/pause/pausing.js'

const today = '2026-03-15'
const day = (ahead: number) => addDays(today, ahead)
const pause = (id: string, from: number, to: number): Pause => ({ id, from: day(from), to: day(to) })
/** In short: `[id, from, to]`, in days from today. */
const saves = (id: string, from: number, to: number, removedIds: string[] = []) => ({ saved: pause(id, from, to), removedIds })
const nothing = { saved: null, removedIds: [] }

function problem(decide: () => unknown) {
  try {
    decide()
  } catch (error) {
    return { code: (error as ApiError).code, ...(error as ApiError).details }
  }
  throw new Error('It was not rejected.')
}

describe('days taken off', () => {
  test('stand alone where no other pause touches them', () => {
    expect(takeOff([], pause('new', 0, 0), today)).toEqual(saves('new', 0, 0))
    expect(takeOff([pause('old', 0, 2), pause('other', 8, 9)], pause('new', 4, 6), today)).toEqual(saves('new', 4, 6))
  })

  test('are joined with what they overlap or adjoin, under the id of the one that was made first', () => {
    expect(takeOff([pause('old', 0, 2)], pause('new', 3, 6), today)).toEqual(saves('old', 0, 6))
    expect(takeOff([pause('old', 7, 9)], pause('new', 3, 6), today)).toEqual(saves('old', 3, 9))
    const made = [pause('first', 10, 12), pause('far', 20, 21), pause('second', 2, 4)]
    expect(takeOff(made, pause('new', 4, 9), today)).toEqual(saves('first', 2, 12, ['second']))
    expect(takeOff([pause('past', -9, -1)], pause('new', 0, 1), today)).toEqual(saves('past', -9, 1))
  })

  test('change nothing where they are days off already', () => {
    expect(takeOff([pause('old', -3, 9)], pause('new', 0, 9), today)).toEqual(nothing)
  })

  test('begin today at the earliest and end 731 days after it at the latest', () => {
    const range = { code: 'DATE_OUT_OF_RANGE', earliest: today, latest: day(731) }
    expect(problem(() => takeOff([], pause('new', -1, 3), today))).toEqual(range)
    expect(problem(() => takeOff([], pause('new', 700, 732), today))).toEqual(range)
    expect(problem(() => takeOff([], { id: 'new', from: '9999-12-31', to: '9999-12-31' }, today))).toEqual(range)
    expect(problem(() => takeOff([], { id: 'new', from: today, to: '9999-12-31' }, today))).toEqual(range)
    expect(takeOff([], pause('new', 366, 731), today)).toEqual(saves('new', 366, 731))
  })

  test('are in order, and 366 at most, of what of the whole pause is not over', () => {
    const badly = { code: 'BAD_USER_INPUT', fields: [{ path: 'input.to', message: expect.any(String) }] }
    expect(problem(() => takeOff([], pause('new', 3, 2), today))).toEqual(badly)
    expect(problem(() => takeOff([], pause('new', 0, 366), today))).toEqual(badly)
    expect(takeOff([], pause('new', 0, 365), today)).toEqual(saves('new', 0, 365))
    expect(problem(() => takeOff([pause('old', 300, 366)], pause('new', 0, 299), today))).toEqual(badly)
    // Somebody who has been away for long can stay away.
    expect(takeOff([pause('old', -300, 10)], pause('new', 0, 365), today)).toEqual(saves('old', -300, 365))
  })

  test('make fifty pauses at most that are not over', () => {
    const made = Array.from({ length: 50 }, (_, index) => pause(`${index}`, 2 * index, 2 * index))
    expect(problem(() => takeOff(made, pause('new', 200, 200), today))).toEqual({ code: 'LIMIT_EXCEEDED', limit: 50 })
    expect(takeOff(made, pause('new', 1, 1), today)).toEqual(saves('0', 0, 2, ['1']))
    expect(takeOff([...made.slice(1), pause('past', -5, -5)], pause('new', 200, 200), today)).toEqual(saves('new', 200, 200))
  })
})

test('what of a pause is not over is taken back', () => {
  expect(takeBack(pause('past', -5, -1), today)).toEqual(nothing)
  expect(takeBack(pause('begun', -5, 3), today)).toEqual(saves('begun', -5, -1))
  expect(takeBack(pause('begun', -5, 0), today)).toEqual(saves('begun', -5, -1))
  expect(takeBack(pause('of today', 0, 3), today)).toEqual({ saved: null, removedIds: ['of today'] })
  expect(takeBack(pause('to come', 3, 3), today)).toEqual({ saved: null, removedIds: ['to come'] })
})

/** Days off as a set of dates, which knows neither pauses nor joins. Whatever is done on whichever day, both have the same. */
test('any sequence of pauses and their ends leaves the days off that a set of dates has, in pauses that do not touch', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('off' as const), from: fc.integer({ min: -2, max: 30 }), length: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ kind: fc.constant('back' as const), which: fc.nat(9) }),
    fc.record({ kind: fc.constant('later' as const), days: fc.integer({ min: 1, max: 5 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      let [now, number] = [today, 0]
      let pauses: Pause[] = []
      const off = new Set<string>()
      for (const action of steps) {
        let change: ReturnType<typeof takeBack> = nothing
        if (action.kind === 'later') now = addDays(now, action.days)
        else if (action.kind === 'off') {
          const from = addDays(now, action.from)
          const wanted = { id: `${number++}`, from, to: addDays(from, action.length) }
          if (from < now) {
            expect(() => takeOff(pauses, wanted, now)).toThrow(ApiError)
            continue
          }
          change = takeOff(pauses, wanted, now)
          for (let date = from; date <= wanted.to; date = addDays(date, 1)) off.add(date)
        } else {
          const chosen = pauses[action.which % Math.max(pauses.length, 1)]
          if (!chosen) continue
          change = takeBack(chosen, now)
          for (const date of [...off]) if (date >= now && date >= chosen.from && date <= chosen.to) off.delete(date)
        }
        const { saved, removedIds } = change
        pauses = pauses.filter(({ id }) => !removedIds.includes(id)).map((one) => (one.id === saved?.id ? saved : one))
        if (saved && !pauses.includes(saved)) pauses.push(saved)
        const dates = pauses.flatMap(({ from, to }) => {
          const all: string[] = []
          for (let date = from; date <= to; date = addDays(date, 1)) all.push(date)
          return all
        })
        expect(dates.sort()).toEqual([...off].sort())
        for (const one of pauses) expect(pauses.some((other) => other !== one && other.from === addDays(one.to, 1))).toBe(false)
        expect(pauses.map(({ id }) => Number(id))).toEqual(pauses.map(({ id }) => Number(id)).sort((one, other) => one - other))
      }
    }),
    { numRuns: 2_000 },
  )
})
