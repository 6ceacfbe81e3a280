import 'reflect-metadata'
import { expect, test } from 'vitest'
import { parse } from '../../src/input.js'
import { createRule, moveRule } from '../../src/scenario/scenario.input.js'

const [operationId, id, nextId] = [1, 2, 3].map((n) => `01980000-0000-7000-8000-00000000000${n}`)

// Mutation check: red where a field that is left out comes out of its rule as null.
test('what a version made of an input, the next one makes of it, too: a retry may come after an upgrade', () => {
  const notification = { active: true, method: 'ALARM', daysOfWeek: ['MONDAY'], time: '07:30' }
  const created = parse(createRule, { operationId, name: 'Gym', notification, basicMissions: [{ content: 'Towel' }] })
  const moved = parse(moveRule, { operationId, id, nextId })
  expect([created, moved].map(({ operation }) => operation?.fingerprint.slice(0, 12))).toEqual(['27c21eab1bab', '83bd1e5f187b'])
})
