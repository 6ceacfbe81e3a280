import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { midnightReset } from '../../src/jobs/midnight-reset.job.js'
import { appForThisTest } from '../support/app.js'
import { Client, makeMember } from '../support/client.js'
import { systemCommand } from '../support/system-command.js'

const promtool = await systemCommand('promtool', 'prometheus')
const rules = fileURLToPath(new URL('../../ops/prometheus-rules.yml', import.meta.url))
const run = (args: string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(promtool, args, { input, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

test('Prometheus takes the alert rules', () => {
  const { status, said } = run(['check', 'rules', rules])
  expect(said).toContain('14 rules found')
  expect(status).toBe(0)
})

test('Prometheus reads a scrape, and has nothing to say about our names', async () => {
  const app = await appForThisTest({ config: { ROLE: 'all' } })
  const client = await makeMember(app)
  await client.run('query Named { me { nickname } }')
  await new Client(app.url).request('{')
  await app.app.runner.run(midnightReset, new AbortController().signal)
  const { said } = run(['check', 'metrics'], await (await fetch(`${app.url}/metrics`)).text())
  expect(said.split('\n').filter((line) => line.includes('doorstep_'))).toEqual([])
  expect(said).not.toContain('error')
})

const everyMinute = `
rule_files: [${JSON.stringify(rules)}]
evaluation_interval: 1m
tests:
  - interval: 1m`

/** Mutation check: red without `absent` in DoorstepPurgeNotRun: what never ran has no time. */
test('a purge that never ran is told of, and one that ran is not', () => {
  const look = (series: string, alerts: string) => `${everyMinute}
    input_series: [${series}]
    alert_rule_test: [{ eval_time: 150m, alertname: DoorstepPurgeNotRun, exp_alerts: [${alerts}] }]`
  const summary = "expired-purge has not ended well for hours, or never: are the workers' Redis and its queue reachable?"
  const told = `{ exp_labels: { severity: ticket, job: expired-purge }, exp_annotations: { summary: ${JSON.stringify(summary)} } }`
  expectRules(look('', told))
  expectRules(look(`{ series: 'doorstep_job_last_success_timestamp_seconds{job="expired-purge"}', values: '0+60x200' }`, ''))
})

/** What a night without a worker, and one whose worker is up, make of the rules. */
test('a night that nobody closes pages, and one that is closed does not', () => {
  const series = (late: string, success: string) => `${everyMinute}
    input_series:
      - { series: 'doorstep_members_due_late{instance="a"}', values: '${late}' }
      - { series: 'doorstep_job_last_success_timestamp_seconds{job="midnight-reset",instance="a"}', values: '${success}' }
    alert_rule_test:`
  const alerting = (name: string, summary: string) => `
      - { eval_time: 40m, alertname: ${name}, exp_alerts: [{ exp_labels: { severity: page }, exp_annotations: { summary: ${JSON.stringify(summary)} } }] }`
  const silent = (name: string) => `
      - { eval_time: 40m, alertname: ${name}, exp_alerts: [] }`
  const night = 'midnight-reset has not ended well for a quarter of an hour, or no worker is scraped.'
  const late = "7 members wait for yesterday's receipt: no worker closes days, or it does not keep up."
  const open = series('7x60', '0x60') + alerting('DoorstepReceiptsLate', late) + alerting('DoorstepNightNotRun', night)
  const closed = series('0x60', '0+60x60') + silent('DoorstepReceiptsLate') + silent('DoorstepNightNotRun')
  for (const text of [open, closed]) expectRules(text)
})

function expectRules(text: string) {
  const file = join(mkdtempSync(join(tmpdir(), 'doorstep-rules-')), 'test.yml')
  writeFileSync(file, text)
  const { status, said } = run(['test', 'rules', file])
  expect(status, said).toBe(0)
}
