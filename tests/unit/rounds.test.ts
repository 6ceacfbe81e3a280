import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type InTurn, inRounds } from '../../src/mission/rounds.js'

const on = (missionId: string, date: string | null = null, operationId?: string): InTurn => ({
  missionId,
  date,
  operation: operationId === undefined ? undefined : { id: operationId },
})

test('a phone that was away for days takes one round, however the days are mixed', () => {
  const checks = ['1', '2', '3'].flatMap((date) => ['keys', 'gas'].map((missionId) => on(missionId, date)))
  expect(inRounds(checks)).toEqual([checks])
})

test('what is set twice takes a round each time, and takes along what it does not concern', () => {
  const checks = [on('keys', '1'), on('keys', '1'), on('gas', '1'), on('gas', '1')] as const
  expect(inRounds(checks)).toEqual([
    [checks[0], checks[2]],
    [checks[1], checks[3]],
  ])
})

/** Mutation check: red with any of the keys in `comesAfter` left out. */
test('two that may be of one mission and date, or are of one operation, keep their order in two rounds', () => {
  const check = fc.record({
    missionId: fc.constantFrom('a', 'b', 'c'),
    date: fc.constantFrom('1', '2', null),
    operation: fc.constantFrom(undefined, { id: 'x' }, { id: 'y' }),
  })
  fc.assert(
    fc.property(fc.array(check, { maxLength: 12 }), (checks) => {
      const rounds = inRounds(checks)
      expect(rounds.flat().toSorted(byIndexIn(checks))).toEqual(checks)
      const roundOf = (one: InTurn) => rounds.findIndex((round) => (round as InTurn[]).includes(one))
      for (const [index, earlier] of checks.entries()) {
        for (const later of checks.slice(index + 1)) {
          const sameDate = earlier.date === later.date || earlier.date === null || later.date === null
          const sameOperation = earlier.operation !== undefined && earlier.operation.id === later.operation?.id
          if ((earlier.missionId === later.missionId && sameDate) || sameOperation) expect(roundOf(earlier)).toBeLessThan(roundOf(later))
        }
      }
    }),
  )
})

const byIndexIn = (checks: InTurn[]) => (one: InTurn, other: InTurn) => checks.indexOf(one) - checks.indexOf(other)
