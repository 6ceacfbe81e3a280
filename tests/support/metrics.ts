/** A metric as a scrape shows it. */
export type Scraped = {
  help: string
  type: string
  /** By their labels, as they stand between the braces. */
  values: Map<string, number>
}

/** Reads Prometheus' text format: each metric by the name that its HELP line has. */
export function parseMetrics(text: string): Map<string, Scraped> {
  const metrics = new Map<string, Scraped>()
  for (const [, name, help] of text.matchAll(/^# HELP (\S+) (.*)$/gm))
    metrics.set(name as string, { help: help as string, type: '', values: new Map() })
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) Object.assign(metrics.get(name as string) ?? {}, { type })
  for (const [, sample, labels = '', value] of text.matchAll(/^([a-zA-Z_]\w*)(?:\{(.*)\})? (\S+)$/gm)) {
    const name = sample as string
    const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ''))
    const suffix = metrics.has(name) ? '' : name.slice(name.lastIndexOf('_'))
    metric?.values.set(suffix + labels, Number(value))
  }
  return metrics
}

export type Metrics = Map<string, Scraped>

export async function scrape({ url }: { url: string }): Promise<Metrics> {
  return parseMetrics(await (await fetch(`${url}/metrics`)).text())
}

/** How often two units of work have waited for each other: one of them was tried again, and nothing else tells. */
export async function deadlocksOf(app: { url: string }): Promise<number | undefined> {
  return (await scrape(app)).get('doorstep_transaction_retries_total')?.values.get('reason="deadlock"')
}
