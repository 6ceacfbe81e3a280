import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { messageOf } from '../../src/error-message.js'
import { createLog } from '../../src/log.js'

const bothRefuse = async (): Promise<unknown> => {
  const lookup = (_host: string, _options: unknown, found: (error: null, addresses: { address: string; family: number }[]) => void) =>
    found(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ])
  const [error] = await once(connect({ host: 'two.invalid', port: 1, lookup, autoSelectFamily: true } as never), 'error').catch((error) => [
    error,
  ])
  return error
}

// Mutation check: red with `message` alone in messageOf, and in loggableError of log.ts: both are empty.
test('of a name whose two addresses refuse, both are told, on the screen and in the log', async () => {
  const error = await bothRefuse()
  expect(error).toMatchObject({ name: 'AggregateError', message: '' })
  const told = 'connect ECONNREFUSED 127.0.0.1:1; connect ECONNREFUSED 127.0.0.2:1'
  expect(messageOf(error)).toBe(told)
  const lines: string[] = []
  createLog('info', { write: (line: string) => void lines.push(line) }).warn({ err: error }, 'failed')
  expect(JSON.parse(lines[0] as string).err.message).toBe(told)
})

test.each([
  [new Error('Why.'), 'Why.'],
  [Object.assign(new Error(''), { code: 'ECONNRESET' }), 'ECONNRESET'],
  [new TypeError(''), 'TypeError'],
  [new AggregateError([], ''), 'AggregateError'],
  [new AggregateError([new AggregateError([new Error('Deep.')], ''), 'text'], ''), 'Deep.; text'],
  ['text', 'text'],
  [undefined, 'undefined'],
])('%o says %s', (error, message) => {
  expect(messageOf(error)).toBe(message)
})
