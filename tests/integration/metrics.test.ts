import { expect, test } from 'vitest'
import { appForThisTest } from '../support/app.js'

const token = 'the-token-of-prometheus'
const bearer = (given: string) => ({ headers: { authorization: `Bearer ${given}` } })
const serving = async (config: object) => `${(await appForThisTest({ config })).url}/metrics`

// Mutation check: `metricsAccess` never null in app.ts.
test('in production there is nothing at /metrics where there is no token', async () => {
  const url = await serving({ NODE_ENV: 'production' })
  for (const options of [{}, bearer(''), bearer('undefined'), bearer('null')]) expect((await fetch(url, options)).status).toBe(404)
})

// Mutation check: no hook in metrics.ts.
test.each(['development', 'production'])('in %s a token that is set is needed', async (NODE_ENV) => {
  const url = await serving({ NODE_ENV, METRICS_TOKEN: token })
  expect((await fetch(url)).status).toBe(401)
  expect((await fetch(url, bearer('guessed'))).status).toBe(401)
  const response = await fetch(url, bearer(token))
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('doorstep_')
})

test('in development it is open where there is no token', async () => {
  expect((await fetch(await serving({ NODE_ENV: 'development' }))).status).toBe(200)
})

// Mutation check: `ofAddress` not consumed in token-guard.ts.
test('guessing is over after ten wrong tokens in a minute', async () => {
  const url = await serving({ METRICS_TOKEN: token })
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url, bearer('guessed'))).status))
  expect(statuses.filter((status) => status === 401)).toHaveLength(10)
  expect((await fetch(url, bearer(token))).status).toBe(429)
})
