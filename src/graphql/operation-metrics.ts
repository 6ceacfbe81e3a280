import { Counter, Histogram, type Registry } from 'prom-client'
import type { Context } from './context.js'
import type { CachedOperation } from './document-cache.js'

/** Names that are counted apart, and how many of them callers without a token may bring up: each is a time series a bucket and a code. */
const maxNames = 100
const maxNamesOfAnybody = 20
const maxNameLength = 64

type Series = { operation: string; duration: { observe(seconds: number): void }; codes: Map<string, { inc(): void }> }

/**
 * How long operations take and how they end, by their names, which clients make up: the first hundred that a process sees are counted
 * apart, and all others as `other`.
 */
export class OperationMetrics {
  readonly #durations: Histogram
  readonly #operations: Counter
  readonly #series = new Map<string, Series>()
  #names = 0
  #namesOfAnybody = 0

  constructor(registry: Registry) {
    this.#durations = new Histogram({
      name: 'doorstep_graphql_operation_duration_seconds',
      help: 'How long queries and mutations ran, by the name of the operation: validation and HTTP are left out.',
      labelNames: ['operation'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15],
      registers: [registry],
    })
    this.#operations = new Counter({
      name: 'doorstep_graphql_operations_total',
      help: 'Operations by name and by the code of their first error, or OK. What never ran (limits, validation) has the name "none".',
      labelNames: ['operation', 'code'],
      registers: [registry],
    })
  }

  ran({ definition: { name } }: CachedOperation, { memberId }: Pick<Context, 'memberId'>, milliseconds: number, code: string): void {
    const series = this.#seriesOf(this.#nameOf(name?.value ?? 'unnamed', memberId))
    series.duration.observe(milliseconds / 1_000)
    this.#count(series, code)
  }

  rejected(code: string): void {
    this.#operations.inc({ operation: 'none', code })
  }

  /** The name by which it is counted. */
  #nameOf(name: string, memberId: string | null): string {
    if (this.#series.has(name) || name === 'unnamed') return name
    const ofAnybody = memberId === null
    if (name.length > maxNameLength || this.#names >= maxNames || (ofAnybody && this.#namesOfAnybody >= maxNamesOfAnybody)) return 'other'
    this.#names++
    if (ofAnybody) this.#namesOfAnybody++
    return name
  }

  #seriesOf(operation: string): Series {
    const known = this.#series.get(operation)
    if (known) return known
    const codes = new Map<string, { inc(): void }>()
    const series = { operation, duration: this.#durations.labels(operation), codes }
    this.#series.set(operation, series)
    return series
  }

  #count(series: Series, code: string): void {
    let counter = series.codes.get(code)
    if (!counter) {
      counter = this.#operations.labels(series.operation, code)
      series.codes.set(code, counter)
    }
    counter.inc()
  }
}
