import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settings } from '../../src/config.js'
import { createLog } from '../../src/log.js'
import { appForThisTest, startTestApp, type TestApp } from '../support/app.js'
import { Client, makeMember } from '../support/client.js'
import { sendRaw } from '../support/raw.js'

let app: TestApp
beforeAll(async () => {
  app = await startTestApp({ config: { REQUEST_TIMEOUT_MS: 1_000, HEADERS_TIMEOUT_MS: 1_000, CORS_ORIGINS: ['https://app.example.com'] } })
})
afterAll(() => app.stop())

describe('an answer', () => {
  // Mutation check: red without protect() in server.ts; the same for malformed HTTP without clientErrorHandler.
  test.each([
    [
      'GraphQL',
      'POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
      400,
    ],
    ['an address where nothing is', 'GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 404],
    ['another method', 'DELETE /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 404],
    ['a path that is not well-formed', 'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['an unknown method', 'STEAL / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a header that smuggles',
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a body that is announced too large',
      'POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n',
      413,
    ],
    [
      'a prototype',
      `POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 29\r\n\r\n{"__proto__":{"query":"{me}"}}`.replace(
        '29',
        '30',
      ),
      400,
    ],
    [
      'another content type',
      'POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: text/html\r\ncontent-length: 1\r\n\r\nx',
      415,
    ],
  ])('to %s is JSON with an error, and headers that make a browser careful', async (_what, bytes, status) => {
    const [head = '', body = ''] = (await sendRaw(app.url, bytes)).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toMatch(/^content-type: application\/json/im)
    for (const header of [
      'x-content-type-options: nosniff',
      'cache-control: no-store',
      "content-security-policy: default-src 'none'",
      'x-frame-options: DENY',
    ]) {
      expect(head.toLowerCase()).toContain(header.toLowerCase())
    }
    expect(head).not.toMatch(/^(server|x-powered-by):/im)
    const { errors } = JSON.parse(body)
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.any(String), extensions: expect.objectContaining({ code: expect.any(String) }) }),
    ])
    expect(body).not.toMatch(/node_modules|at .+:\d+:\d+/)
  })

  // Mutation check: red with strictPreflight in cors.ts, whose 400 is plain text.
  test.each([{}, { origin: 'https://app.example.com' }])('to OPTIONS that are no preflight has no body (%j)', async (headers) => {
    const response = await fetch(`${app.url}/graphql`, { method: 'OPTIONS', headers: headers as Record<string, string> })
    expect([response.status, await response.text()]).toEqual([204, ''])
  })

  test('in production tells browsers to come by HTTPS alone', async () => {
    const production = await appForThisTest({ config: { NODE_ENV: 'production' } })
    expect((await fetch(`${production.url}/livez`)).headers.get('strict-transport-security')).toContain('max-age=')
  })
})

describe('an address that is not well-formed', () => {
  const body = '{"query":"{ __typename }"}'
  const post = (headers: string[], target = '/graphql') =>
    [
      `POST ${target} HTTP/1.1`,
      ...headers,
      'connection: close',
      'content-type: application/json',
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n')
  const hosts = ['a b<>', '', '[zz]', '[::1', '%zz', 'a:b', 'a:99999', 'a/b', 'a\\b', 'a?b', 'a#b', 'a@b', '<>', 'a b']
  const targets = [
    'http://a b/graphql',
    'http://[zz]/graphql',
    'http:///graphql',
    'http://a:99999/graphql',
    'http://%zz/',
    'http://',
    'graphql',
  ]

  // Mutation check: no isOrigin in protection.ts; no requireHostHeader for a Host that is left out.
  test.each([
    ...hosts.map((host) => [`Host: ${host}`, post([`host: ${host}`])]),
    ['no Host', post([])],
    ['X-Forwarded-Host: a b<>', post(['host: x', 'x-forwarded-host: a b<>'])],
    ['X-Forwarded-Proto: a b', post(['host: x', 'x-forwarded-proto: a b'])],
    ...targets.map((target) => [target, post(['host: x'], target)]),
  ])('is 400, in JSON, and no fault in the log (%s)', async (_what, bytes) => {
    const answer = await sendRaw(behindProxy.url, bytes as string)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
    expect(faults.splice(0)).toEqual([])
  })

  test.each(['localhost:4000', '127.0.0.1', '[::1]:4000', 'doorstep_api', 'api.example.com.'])('%s is', async (host) => {
    expect(await sendRaw(behindProxy.url, post([`host: ${host}`]))).toMatch(/^HTTP\/1.1 200 /)
  })

  // Mutation check: no Host made up for HTTP/1.0 in protection.ts.
  test('HTTP/1.0 needs no Host', async () => {
    expect(await sendRaw(behindProxy.url, 'GET /readyz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
    expect(await sendRaw(behindProxy.url, post([]).replace('HTTP/1.1', 'HTTP/1.0'))).toMatch(/^HTTP\/1.1 200 /)
  })

  let behindProxy: TestApp
  const faults: string[] = []
  beforeAll(async () => {
    const log = createLog('error', { write: (line: string) => void faults.push(line) })
    behindProxy = await startTestApp({ config: { TRUST_PROXY: 1 }, log })
  })
  afterAll(() => behindProxy.stop())
})

describe('a web page of another origin', () => {
  const preflight = (origin: string, { url } = app) =>
    fetch(`${url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
    })
  const allowed = 'https://app.example.com'

  // Mutation check: red with `origin: true` in cors.ts.
  test('may call the API where it is configured, and only there', async () => {
    const { status, headers } = await preflight(allowed)
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(allowed)
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    for (const origin of ['https://evil.example', 'https://app.example.com.evil.example', 'http://app.example.com', 'null']) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin'), origin).toBeNull()
    }
  })

  // Mutation check: a header taken out of allowedHeaders in cors.ts.
  test('may send what Apollo Client, urql, Relay and graphql-sse send, and read what they read', async () => {
    const { headers } = await preflight(allowed)
    const accepted = headers.get('access-control-allow-headers')?.split(', ') ?? []
    const sent = ['accept', 'content-type', 'authorization', 'if-none-match', 'x-request-id', 'traceparent']
    const sentByApollo = [
      'x-apollo-operation-name',
      'apollo-require-preflight',
      'apollographql-client-name',
      'apollographql-client-version',
    ]
    expect(accepted).toEqual(expect.arrayContaining([...sent, ...sentByApollo]))
    const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers: { origin: allowed } })
    expect(response.headers.get('access-control-expose-headers')?.split(', ')).toEqual(expect.arrayContaining(['etag', 'retry-after']))
  })

  // Mutation check: varyOf in http/graphql.ts taken out.
  test('is told apart by caches, also where a response varies by something else', async () => {
    const client = await makeMember(app)
    const feed = `${app.url}/graphql?query=${encodeURIComponent('{ notifications { etag } }')}`
    for (const headers of [{ origin: allowed }, { origin: 'https://evil.example' }, {}] as Record<string, string>[]) {
      const response = await fetch(feed, { headers: { ...headers, authorization: `Bearer ${client.token}` } })
      expect(response.headers.get('etag')).toBeTruthy()
      expect(response.headers.get('vary')?.split(', ')).toEqual(expect.arrayContaining(['Origin', 'Authorization']))
    }
  })

  test('of the same machine may, in development', async () => {
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:8080', 'https://localhost']) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin'), origin).toBe(origin)
    }
    for (const origin of [
      'http://localhost.evil.example',
      'http://localhost:1@evil.example',
      'http://127.0.0.10',
      'http://evil-localhost',
    ]) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin'), origin).toBeNull()
    }
  })

  test('may not in production where nothing is configured, not even of the same machine', async () => {
    const production = await appForThisTest({ config: { NODE_ENV: 'production' } })
    for (const origin of [allowed, 'http://localhost:5173']) {
      expect((await preflight(origin, production)).headers.get('access-control-allow-origin'), origin).toBeNull()
    }
  })
})

describe('a slow socket', () => {
  // Mutation check: red with Node's own 300 s for a request and 30 s between looks: nothing is closed while the test waits.
  test.each([
    ['that sends nothing', ''],
    ['that does not end its headers', 'POST /graphql HTTP/1.1\r\nhost: x\r\n'],
    ['that does not send its body', 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{'],
  ])('%s is told so in JSON, and closed', async (_what, bytes) => {
    const answer = await sendRaw(app.url, bytes)
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
  })

  // The full run, npm run test:hostile: 500 of them for 20 s. Mutation check: red with maxConnections set to 50: healthy requests hang.
  const full = process.env.HOSTILE === 'full'
  const [count, seconds] = full ? [500, 20] : [100, 4]
  test(`is no harm to the others: ${count} of them for ${seconds} s`, { timeout: 120_000 }, async () => {
    const lenient = await appForThisTest({ config: { REQUEST_TIMEOUT_MS: 10_000, HEADERS_TIMEOUT_MS: 5_000 } })
    const client = await makeMember(lenient)
    const { hostname, port } = new URL(lenient.url)
    const sockets: Socket[] = []
    const open = () => {
      const socket = connect(Number(port), hostname, () =>
        socket.write('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'),
      )
      socket.on('error', () => {})
      sockets.push(socket)
    }
    for (let index = 0; index < count; index++) open()
    // A byte of a header every half second, as slowloris does; one that was closed comes back.
    const drip = setInterval(() => {
      for (const socket of sockets.splice(0)) {
        if (socket.writable) {
          socket.write('x')
          sockets.push(socket)
        } else open()
      }
    }, 500)
    const durations: number[] = []
    const end = performance.now() + seconds * 1_000
    try {
      while (performance.now() < end) {
        const started = performance.now()
        await client.run('{ me { id } }')
        durations.push(performance.now() - started)
        await sleep(5)
      }
    } finally {
      clearInterval(drip)
      for (const socket of sockets) socket.destroy()
    }
    durations.sort((a, b) => a - b)
    const p99 = durations[Math.floor(durations.length * 0.99)] ?? Number.NaN
    console.log(
      `${durations.length} healthy requests beside ${count} slow sockets: p50 ${durations[durations.length >> 1]?.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
    )
    expect(p99).toBeLessThan(full ? 250 : 2_000)
  })
})

describe('the address of a client', () => {
  const nonce = 'mutation { createSignInNonce { nonce } }'
  const limited = (config: object) => appForThisTest({ config: { RATE_LIMITS: true, RATE_LIMIT_SIGN_INS_PER_IP_PER_MINUTE: 3, ...config } })
  const fromMany = async ({ url }: TestApp) => {
    const answers = []
    const network = `${Math.floor(Math.random() * 200)}.${Math.floor(Math.random() * 250)}`
    for (let index = 0; index < 6; index++) {
      const { errors } = await new Client(url).request(nonce, {}, { 'x-forwarded-for': `10.${network}.${index}` })
      answers.push(errors?.[0]?.extensions.code ?? 'OK')
    }
    return answers
  }

  // Mutation check: red with trustProxy: true.
  test('is its socket, whatever it says, where no proxy is trusted', async () => {
    expect(await fromMany(await limited({}))).toContain('RATE_LIMITED')
  })

  test.each([[1], [['127.0.0.1']]])('is what a trusted proxy says (%j)', async (TRUST_PROXY) => {
    expect(await fromMany(await limited({ TRUST_PROXY }))).not.toContain('RATE_LIMITED')
  })

  test('is never what anybody says: "true" is no setting', () => {
    for (const TRUST_PROXY of ['true', '*', '10.0.0.0/33', 'loopback', '10.0.0.0/8/8']) {
      expect(settings.safeParse({ TRUST_PROXY }).success, TRUST_PROXY).toBe(false)
    }
    expect(settings.parse({ TRUST_PROXY: '10.0.0.0/8, ::1' }).TRUST_PROXY).toEqual(['10.0.0.0/8', '::1'])
    expect(settings.parse({ TRUST_PROXY: '2' }).TRUST_PROXY).toBe(2)
    expect(settings.parse({}).TRUST_PROXY).toBe(false)
  })
})
