export type Attributes = Record<string, string | number | boolean>

/** A span that is under way: what it finds out later, and how it ends. */
export type Span = {
  readonly traceId: string
  set(attributes: Attributes): void
  /** `failed`: what a reader of the trace looks for first. */
  end(outcome?: { failed: boolean }): void
}

/**
 * What writes traces. There is one only where OTEL_EXPORTER_OTLP_ENDPOINT is set; everywhere else it is null, so that what is not traced costs
 * a comparison. Spans are made by hand, at five places: automatic instrumentation patches what it finds, and costs each request a tenth.
 */
export interface Tracing {
  /** A span of its own for a request, beneath the one that its `traceparent` names. It begins now; `run` makes it the current one. */
  startRequest(name: string, headers: Record<string, unknown>, attributes: Attributes): Span & { run(work: () => void): void }
  /** Runs work in a span beneath the current one, which fails where the work does. */
  span<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T>
  /** The same, and nothing where there is no current span: what belongs to no request and no job is not worth a trace. */
  innerSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>
  stop(): Promise<void>
}
