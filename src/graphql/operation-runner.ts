import type { ExecutionResult } from 'graphql'
import type { Tracing } from '../tracing/tracing.js'
import type { Context } from './context.js'
import type { CachedOperation } from './document-cache.js'
import type { Executor } from './executor.js'
import { formatResult } from './format-error.js'
import type { Variables } from './limits/variables.js'
import type { OperationMetrics } from './operation-metrics.js'

type Options = { executor: Executor; metrics: OperationMetrics; tracing: Tracing | null }

/** Runs an operation, formats what came of it, and counts it: the same past Apollo Server and through it. */
export class OperationRunner {
  readonly #options: Options

  constructor(options: Options) {
    this.#options = options
  }

  run(operation: CachedOperation, context: Context, variables: Variables) {
    const { tracing } = this.#options
    if (!tracing) return this.#run(operation, context, variables)
    const { operation: type, name } = operation.definition
    const attributes = { 'graphql.operation.type': type, 'graphql.operation.name': name?.value ?? '' }
    return tracing.span(`${type} ${name?.value ?? 'unnamed'}`, attributes, async (span) => {
      const result = await this.#run(operation, context, variables)
      span.set({ 'doorstep.code': codeOf(result) })
      return result
    })
  }

  async #run(operation: CachedOperation, context: Context, variables: Variables) {
    const { executor, metrics } = this.#options
    const startedAt = performance.now()
    const result = this.format(await executor.execute(operation, context, variables), context)
    const code = codeOf(result)
    Object.assign(context.outcome, { operation: operation.definition.name?.value ?? null, code })
    metrics.ran(operation, context, performance.now() - startedAt, code)
    return result
  }

  subscribe(operation: CachedOperation, context: Context, variables: Variables) {
    return this.#options.executor.subscribe(operation, context, variables)
  }

  format(result: ExecutionResult, context: Context) {
    return formatResult(result, context)
  }

  /** Is told of what never ran. */
  rejected(context: Context, code: string): void {
    Object.assign(context.outcome, { operation: null, code })
    this.#options.metrics.rejected(code)
  }
}

const codeOf = ({ errors }: ReturnType<typeof formatResult>): string => (errors ? String(errors[0]?.extensions?.code) : 'OK')
