import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import helmet from 'helmet'
import { errorBody } from './error-body.js'

/**
 * Helmet's headers for JSON of the caller alone, made once: its plugin makes them anew for each
 * request, a quarter of a poll (ADR 18). A route that serves something else sets its own.
 */
function headersOf({ strictTransport }: { strictTransport: boolean }) {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: strictTransport,
    xFrameOptions: { action: 'deny' },
    // For pages and files alone.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })
  setHeaders(response.req, response, () => {})
  return { 'cache-control': 'no-store', ...(response.getHeaders() as Record<string, string>) }
}

/** Also for what Fastify answers before its hooks, and Node before Fastify. */
export const careful = headersOf({ strictTransport: false })

export const badAddress = errorBody({ code: 'BAD_REQUEST', message: 'This address is not well-formed.' })

/** A URL is made of what a proxy or a client says of its address, and must not fail. */
const isOrigin = (protocol: string, host: string) => /^[^\s/\\?#@]+$/.test(host) && URL.canParse(`${protocol}://${host}/`)

/** Headers that make a browser careful with what we answer, and 400 for an address that is none. */
export function protect(server: FastifyInstance, { strictTransport }: { strictTransport: boolean }): void {
  const all = headersOf({ strictTransport })
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(all)
    done()
  })
  server.addHook('onRequest', (request, reply, done) => {
    // HTTP/1.0, in which load balancers look for health, needs no Host.
    if (request.raw.httpVersion === '1.0') request.headers.host ??= 'localhost'
    if (isOrigin(request.protocol, request.host)) done()
    else reply.code(400).send(badAddress)
  })
}

const codes: Record<string, [status: number, reason: string, message: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers are too large.'],
}

/** Answers bad, slow or large requests in JSON, as all else is; Node's own answer has no body. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, reason, message] = codes[error.code ?? ''] ?? [400, 'Bad Request', 'This is no HTTP request.']
  const body = JSON.stringify(errorBody({ code: 'BAD_REQUEST', message }))
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(careful).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
