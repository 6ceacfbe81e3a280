import { expect, test } from 'vitest'
import { Breaker, type BreakerState } from '../../src/redis/breaker.js'

function makeBreaker() {
  const states: BreakerState[] = []
  const time = { ms: 0 }
  const breaker = new Breaker({
    caller: 'the test',
    log: { warn: () => {} },
    onChange: (state) => states.push(state),
    nowMs: () => time.ms,
  })
  let asked = 0
  const ask = (answer: Promise<string>) =>
    breaker.run(() => {
      asked++
      return answer
    })
  return {
    states,
    time,
    succeed: () => ask(Promise.resolve('yes')),
    fail: () => ask(Promise.reject(new Error('no'))),
    ask,
    asked: () => asked,
  }
}

test('an answer goes through, a failure gives null', async () => {
  const { succeed, fail, states } = makeBreaker()
  expect(await succeed()).toBe('yes')
  expect(await fail()).toBeNull()
  expect(states).toEqual([])
})

test('failures in a row open it, and then nobody asks any more', async () => {
  const { succeed, fail, states, asked } = makeBreaker()
  for (const turn of [fail, fail, succeed, fail, fail]) await turn()
  expect(states).toEqual([])
  await fail()
  expect(states).toEqual(['open'])
  expect(await succeed()).toBeNull()
  expect(asked()).toBe(6)
})

test('after the pause one call tries, and its success closes it', async () => {
  const { succeed, fail, ask, states, time, asked } = makeBreaker()
  for (const turn of [fail, fail, fail]) await turn()
  time.ms = 1_000
  let answer: (value: string) => void = () => {}
  const trial = ask(new Promise((resolve) => (answer = resolve)))
  expect(await succeed()).toBeNull()
  expect(asked()).toBe(4)
  answer('yes')
  expect(await trial).toBe('yes')
  expect(await succeed()).toBe('yes')
  expect(states).toEqual(['open', 'half-open', 'closed'])
})

test('where the trial fails the pause begins anew', async () => {
  const { succeed, fail, states, time } = makeBreaker()
  for (const turn of [fail, fail, fail]) await turn()
  time.ms = 1_500
  await fail()
  time.ms = 2_400
  expect(await succeed()).toBeNull()
  time.ms = 2_500
  expect(await succeed()).toBe('yes')
  expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
})
