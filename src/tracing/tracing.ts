export type Attributes = Record<string, string | number | boolean>

/** A span that is under way: what it finds out later, and how it ends. */
export type Span = {
  readonly traceId: string
  set(attributes: Attributes): void
  /** `failed`: what a reader of the trace looks for first. */
  end(outcome?: { failed: boolean }): void
}

/**
 * Null where OTEL_EXPORTER_OTLP_ENDPOINT is not set: no tracing then costs a comparison. Spans are
 * made by hand, at five places: automatic instrumentation costs each request a tenth (ADR 23).
 */
export interface Tracing {
  /** A request's span, beneath its `traceparent`. Begins now; `run` makes it current. */
  startRequest(name: string, headers: Record<string, unknown>, attributes: Attributes): Span & { run(work: () => void): void }
  /** Runs work in a span beneath the current one, which fails where the work does. */
  span<T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T>
  /** Likewise, but nothing without a current span: only requests and jobs are traced. */
  innerSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>
  stop(): Promise<void>
}
