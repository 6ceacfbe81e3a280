import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.js'
import { type Scraped, scrape } from '../support/metrics.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

let app: TestApp
let metrics: Map<string, Scraped>

beforeAll(async () => {
  app = await startTestApp({ config: { ROLE: 'all' } })
  metrics = await scrape(app)
})
afterAll(() => app.stop())

/** Every name that an expression of Prometheus may have. */
const names = () =>
  new Set([...metrics].flatMap(([name, { type }]) => (type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name])))

type Panel = { targets?: { expr: string }[] }

function expressions(): string[] {
  const dashboard = JSON.parse(read('ops/grafana-dashboard.json')) as { panels: Panel[]; templating: { list: { query: string }[] } }
  const ofPanels = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  const ofVariables = dashboard.templating.list.map(({ query }) => query)
  // Rules are told apart by their indentation: the text of a rule's `expr` ends where the next key begins.
  const ofRules = [...read('ops/prometheus-rules.yml').matchAll(/^ {8}expr: (?:>-\n)?([\s\S]*?)\n {8}\w+:/gm)].map(
    ([, expr]) => expr as string,
  )
  expect(ofRules.length).toBe(read('ops/prometheus-rules.yml').match(/- alert:/g)?.length)
  return [...ofPanels, ...ofVariables, ...ofRules]
}

// Mutation check: red with doorstep_pool_waiting renamed in composition/store-gauges.ts.
test('the dashboard and the alert rules use names that a running process has, and no others', () => {
  const used = expressions().flatMap((text) => text.match(/\b(?:doorstep|process|nodejs)_\w+/g) ?? [])
  expect(used.length).toBeGreaterThan(60)
  expect([...new Set(used)].filter((name) => !names().has(name))).toEqual([])
})

// Mutation check: red with the label `reason` of the retries renamed.
test('the labels that they use are the metrics’ own', () => {
  const labelsOf = new Map(
    app.app.metrics.getMetricsAsArray().map((metric) => [metric.name, (metric as { labelNames?: string[] }).labelNames ?? []]),
  )
  const ofPrometheus = ['instance', 'le']
  const wrong = expressions().flatMap((text) => {
    const selected = [...text.matchAll(/(doorstep_\w+)\{([^}]*)\}/g)]
    const grouped = [...text.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels]) => labels?.split(', ') ?? [])
    const metricNames = [...text.matchAll(/doorstep_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''))
    const known = (name: string) => [...ofPrometheus, ...(labelsOf.get(name.replace(/_(bucket|sum|count)$/, '')) ?? [])]
    return [
      ...selected.flatMap(([, name = '', labels = '']) =>
        [...labels.matchAll(/(\w+)(?:=~|!=|=)/g)].map(([, label]) => label as string).filter((label) => !known(name).includes(label)),
      ),
      ...grouped.filter((label) => !metricNames.some((name) => known(name).includes(label))),
    ].map((label) => `${label}: ${text}`)
  })
  expect(wrong).toEqual([])
})

test('docs/operating.md has every metric with what it says of itself, and no other', () => {
  const section = /^## Metrics\n[\s\S]*?(?=^## )/m.exec(read('docs/operating.md'))?.[0] ?? ''
  const rows = [...section.matchAll(/^\| `(doorstep_\w+)` \| (.*?) \|$/gm)].map(([, name, help]) => [name, help])
  const ours = [...metrics].filter(([name]) => name.startsWith('doorstep_')).map(([name, { help }]) => [name, help])
  expect(rows).toEqual(ours.sort())
  // What the system tells of a process differs from one to the next.
  if (process.platform !== 'linux') return
  const ofNode = [...section.matchAll(/`((?:process|nodejs)_\w+)`/g)].map(([, name]) => name)
  expect(ofNode.sort()).toEqual([...metrics.keys()].filter((name) => /^(process|nodejs)_/.test(name)).sort())
})

test('every alert is one that docs/operating.md says what to do about, and no other', () => {
  const alerts = [...read('ops/prometheus-rules.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  const section = /^## Alerts\n[\s\S]*?(?=^## )/m.exec(read('docs/operating.md'))?.[0] ?? ''
  expect([...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)).toEqual(alerts)
})
