import {
  type Context,
  context,
  type Span as OtelSpan,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-node'
import type { Attributes, Span, Tracing } from './tracing.js'

type Options = {
  /** Of the collector, without /v1/traces. */
  endpoint: string
  /** The share of traces written; a caller can still decide against its own. */
  ratio: number
  instance: string
}

/** Traces by OpenTelemetry, sent by OTLP over HTTP. Loaded only where it is wanted. */
export function startTracing({ endpoint, ratio, instance }: Options): Tracing {
  // The ratio holds for callers' sampled traces too: anybody can be a caller.
  const sampler = new TraceIdRatioBasedSampler(ratio)
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'doorstep', 'service.instance.id': instance }),
    sampler: new ParentBasedSampler({ root: sampler, remoteParentSampled: sampler }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  // The context of async calls and W3C's traceparent are registered with it.
  provider.register()
  const tracer = provider.getTracer('doorstep')

  function run<T>(name: string, attributes: Attributes, kind: SpanKind, work: (span: Span) => Promise<T>): Promise<T> {
    return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
      try {
        return await work(spanOf(span))
      } catch (error) {
        // The class alone: PostgreSQL's messages contain rows.
        span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error)?.name ?? 'Error' })
        throw error
      } finally {
        span.end()
      }
    })
  }

  return {
    startRequest(name, headers, attributes) {
      const parent: Context = propagation.extract(ROOT_CONTEXT, headers)
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent)
      return { ...spanOf(span), run: (work) => context.with(trace.setSpan(parent, span), work) }
    },
    span: (name, attributes, work) => run(name, attributes, SpanKind.INTERNAL, work),
    innerSpan: (name, attributes, work) => (trace.getActiveSpan() ? run(name, attributes, SpanKind.CLIENT, work) : work()),
    async stop() {
      // What can't be sent is lost: no stop waits for a collector.
      await provider.shutdown().catch(() => {})
      context.disable()
      propagation.disable()
      trace.disable()
    },
  }
}

const spanOf = (span: OtelSpan): Span => ({
  traceId: span.spanContext().traceId,
  set: (attributes) => void span.setAttributes(attributes),
  end({ failed } = { failed: false }) {
    if (failed) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  },
})
