import type { Counter, Histogram } from 'prom-client'
import type { Metrics } from '../metrics/metrics.js'
import type { Context } from './context.js'
import type { CachedOperation } from './document-cache.js'

/** Names counted apart, for all and without a token: each is a time series a bucket and a code. */
const maxNames = 100
const maxNamesOfAnybody = 20
const maxNameLength = 64

const durationHelp = 'How long queries and mutations ran, by the name of the operation: validation and HTTP are left out.'
const countHelp = 'Operations by name and by the code of their first error, or OK. What never ran (limits, validation) has the name "none".'

/**
 * Durations and outcomes of operations by name. Clients make the names up: the first hundred of a
 * process are counted apart, all others as `other`.
 */
export class OperationMetrics {
  readonly #durations: Histogram
  readonly #operations: Counter
  readonly #names = new Set<string>()
  #namesOfAnybody = 0

  constructor(metrics: Metrics) {
    const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15]
    this.#durations = metrics.histogram('doorstep_graphql_operation_duration_seconds', durationHelp, buckets, 'operation')
    this.#operations = metrics.counter('doorstep_graphql_operations_total', countHelp, 'operation', 'code')
  }

  ran({ definition: { name } }: CachedOperation, { memberId }: Pick<Context, 'memberId'>, milliseconds: number, code: string): void {
    const operation = name ? this.#countedName(name.value, memberId) : 'unnamed'
    this.#durations.observe({ operation }, milliseconds / 1_000)
    this.#operations.inc({ operation, code })
  }

  rejected(code: string): void {
    this.#operations.inc({ operation: 'none', code })
  }

  #countedName(name: string, memberId: string | null): string {
    if (this.#names.has(name)) return name
    const ofAnybody = memberId === null
    if (name.length > maxNameLength || this.#names.size >= maxNames || (ofAnybody && this.#namesOfAnybody >= maxNamesOfAnybody))
      return 'other'
    this.#names.add(name)
    if (ofAnybody) this.#namesOfAnybody++
    return name
  }
}
