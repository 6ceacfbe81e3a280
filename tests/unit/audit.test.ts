import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { judge } from '../../scripts/audit.mjs'

const report = (critical: number) => ({
  vulnerabilities: {
    bad: { name: 'bad', severity: critical ? 'critical' : 'high', range: '<1.2.3' },
    meh: { name: 'meh', severity: 'low', range: '*' },
  },
  metadata: { vulnerabilities: { info: 0, low: 1, moderate: 0, high: 1, critical, total: 2 } },
})

test('a known critical hole fails, others do not, and silence is told', () => {
  expect(judge(JSON.stringify(report(1)))).toMatchObject({ verdict: 'critical', packages: ['bad <1.2.3'] })
  expect(judge(JSON.stringify(report(0)))).toMatchObject({ verdict: 'clean' })
  expect(judge('{"message":"405 Method Not Allowed","error":{"summary":""}}')).toEqual({
    verdict: 'unknown',
    reason: '405 Method Not Allowed',
  })
  expect(judge('')).toMatchObject({ verdict: 'unknown' })
})
