import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startHaproxy } from '../support/haproxy.js'

/**
 * Two processes that die over whatever they are asked, as one that is killed after its COMMIT.
 *
 * Mutation check: red without `disable-l7-retry` in ops/haproxy.cfg: the mutation is sent four times, and one without an operationId done four times.
 */
test('the proxy sends a mutation once, and a query again', { timeout: 60_000 }, async () => {
  const received: string[] = []
  const ports = await Promise.all([1, 2].map(() => startDying(received)))
  const url = await startHaproxy(ports)
  const post = await fetch(`${url}/graphql`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
  expect(post.status).toBe(502)
  expect(received).toEqual(['POST'])
  // Whether HAProxy says 502 or closes the connection is all one here.
  await fetch(`${url}/graphql`).catch(() => null)
  expect(received.filter((method) => method === 'GET').length).toBeGreaterThan(1)
})

async function startDying(received: string[]): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url === '/readyz') return void response.end()
    received.push(request.method as string)
    request.socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}
