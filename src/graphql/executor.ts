import { type ExecutionResult, execute, GraphQLError, type GraphQLSchema, subscribe } from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'
import { serviceUnavailable } from '../errors.js'
import type { Tracing } from '../tracing/tracing.js'
import type { Context } from './context.js'
import type { CachedOperation } from './document-cache.js'
import { formatResult } from './format-error.js'
import type { Variables } from './limits/variables.js'
import type { OperationMetrics } from './operation-metrics.js'

type Options = {
  executor: 'jit' | 'js'
  timeoutMs: number
  /** The root fields that anybody may select. */
  publicFields: ReadonlySet<string>
  metrics: OperationMetrics
  tracing: Tracing | null
}

/** Compiling a larger operation takes over 20 ms: graphql-js runs it. */
const maxCompiledBytes = 2 ** 20

/**
 * Runs operations that are valid and whose variables fit: the first time by graphql-js, then by
 * graphql-jit (ADR 4). One that exceeds its deadline is answered without its result and begins no
 * further root field (guard.ts); statements and transactions under way end by their own time-outs.
 */
export class Executor {
  readonly #schema: GraphQLSchema
  readonly #options: Options

  constructor(schema: GraphQLSchema, options: Options) {
    this.#schema = schema
    this.#options = options
  }

  /** Runs an operation, formats what came of it, and counts it. */
  run(operation: CachedOperation, context: Context, variables: Variables) {
    const { tracing } = this.#options
    if (!tracing) return this.#counted(operation, context, variables)
    const { operation: type, name } = operation.definition
    const attributes = { 'graphql.operation.type': type, 'graphql.operation.name': name?.value ?? '' }
    return tracing.span(`${type} ${name?.value ?? 'unnamed'}`, attributes, async (span) => {
      const result = await this.#counted(operation, context, variables)
      span.set({ 'doorstep.code': codeOf(result) })
      return result
    })
  }

  async #counted(operation: CachedOperation, context: Context, variables: Variables) {
    const startedAt = performance.now()
    const result = formatResult(await this.execute(operation, context, variables), context)
    const code = codeOf(result)
    Object.assign(context.outcome, { operation: operation.definition.name?.value ?? null, code })
    this.#options.metrics.ran(operation, context, performance.now() - startedAt, code)
    return result
  }

  /** Is told of what never ran. */
  rejected(context: Context, code: string): void {
    Object.assign(context.outcome, { operation: null, code })
    this.#options.metrics.rejected(code)
  }

  /** The bare result, which nobody counts. */
  execute(operation: CachedOperation, context: Context, variables: Variables): Promise<ExecutionResult> {
    const { timeoutMs } = this.#options
    context.deadline = performance.now() + timeoutMs
    return inTime(this.#dispatch(operation, context, variables), timeoutMs)
  }

  /** Compiles an operation before it is run for the first time. */
  prepare(operation: CachedOperation): void {
    if (this.#options.executor === 'jit') operation.compiled ??= this.#compile(operation)
  }

  /** The results of a subscription, one for each event; or one that says why it can't begin. */
  async subscribe({ document, definition }: CachedOperation, contextValue: Context, variableValues: Variables) {
    const operationName = definition.name?.value
    const results = await subscribe({ schema: this.#schema, document, operationName, contextValue, variableValues })
    return Symbol.asyncIterator in results ? results : justOne(results)
  }

  async #dispatch(operation: CachedOperation, context: Context, variables: Variables): Promise<ExecutionResult> {
    operation.runs++
    const compiled = this.#compiled(operation, context)
    if (!compiled || hasNullForDefault(operation, variables)) return this.#interpret(operation, context, variables)
    const result = await compiled.query(undefined, context, variables)
    // Nothing ran: graphql-jit rejects non-null input that is left out, in spite of its default.
    if (result.data === undefined) return this.#interpret(operation, context, variables)
    return result.errors ? { ...result, errors: result.errors.map(asGraphQLError) } : result
  }

  /** By graphql-js: the reference, and the fallback (EXECUTOR=js). */
  async #interpret({ document, definition }: CachedOperation, contextValue: Context, variableValues: Variables): Promise<ExecutionResult> {
    return execute({ schema: this.#schema, document, operationName: definition.name?.value, contextValue, variableValues })
  }

  #compiled(operation: CachedOperation, context: Context): CompiledQuery | null {
    if (operation.compiled !== undefined) return operation.compiled
    if (this.#options.executor === 'js' || operation.runs < 2 || !this.#mayRun(operation, context)) return null
    operation.compiled = this.#compile(operation)
    return operation.compiled
  }

  #compile({ document, definition, renamesEnums, compilable, compiledBytes }: CachedOperation): CompiledQuery | null {
    if (!compilable || compiledBytes > maxCompiledBytes) return null
    // PostgreSQL gives values of the right types: only renamed enums need serialization.
    const options = { disableLeafSerialization: !renamesEnums }
    const compiled = compileQuery(this.#schema, document, definition.name?.value, options)
    return isCompiledQuery(compiled) ? compiled : null
  }

  /** Whether the operation does more than to say that its caller must sign in. */
  #mayRun({ rootFields }: CachedOperation, { memberId }: Context): boolean {
    return memberId !== null || rootFields.every((name) => this.#options.publicFields.has(name))
  }
}

/** Validation lets null pass for a variable with a default; graphql-jit takes it for a value. */
function hasNullForDefault({ definition }: CachedOperation, variables: Variables): boolean {
  return (definition.variableDefinitions ?? []).some(
    ({ defaultValue, variable }) => defaultValue !== undefined && variables[variable.name.value] === null,
  )
}

const codeOf = ({ errors }: ReturnType<typeof formatResult>): string => (errors ? String(errors[0]?.extensions?.code) : 'OK')

async function* justOne(result: ExecutionResult): AsyncGenerator<ExecutionResult, void, void> {
  yield result
}

async function inTime(result: Promise<ExecutionResult>, timeoutMs: number): Promise<ExecutionResult> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<ExecutionResult>((resolve) => {
    timer = setTimeout(() => resolve({ data: null, errors: [tooLate()] }), timeoutMs)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}

const tooLate = () => new GraphQLError('The operation took too long.', { originalError: serviceUnavailable() })

/** The errors of graphql-jit have no `extensions`, on which Apollo relies. */
function asGraphQLError({ message, nodes, path, locations, originalError }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { nodes, path, originalError })
  return locations ? Object.assign(error, { locations }) : error
}
