import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export type CollectedSpan = {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  attributes: Record<string, unknown>
  status: { code?: number }
}

type Value = { stringValue?: string; intValue?: number; boolValue?: boolean }
type Written = Omit<CollectedSpan, 'attributes'> & { attributes: { key: string; value: Value }[] }
type Body = { resourceSpans: { scopeSpans: { spans: Written[] }[] }[] }

/** A collector of OpenTelemetry for one test: keeps what is sent to it. */
export async function startCollector() {
  const spans: CollectedSpan[] = []
  const server = createServer(async (request, response) => {
    const { resourceSpans } = (await json(request)) as Body
    for (const span of resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))) {
      const attributes = span.attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue])
      spans.push({ ...span, attributes: Object.fromEntries(attributes) })
    }
    response.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}`, spans }
}
