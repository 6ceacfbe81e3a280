import { expect, onTestFinished, test } from 'vitest'
import { maxBodyBytes } from '../../src/limits.js'
import { appForThisTest } from '../support/app.js'
import { makeMember } from '../support/client.js'
import { hostileBodies, wideDocument } from '../support/hostile-requests.js'
import { probe } from '../support/probe.js'
import { type ApiProcess, compile, startProcess } from '../support/processes.js'

/** An API process with little heap. `npm run test:hostile` sends more, and holds it to its times. */

const full = process.env.HOSTILE === 'full'
const senders = 4

async function smallProcess() {
  await compile()
  const { config } = await appForThisTest()
  const api = await startProcess({ ...config, RATE_LIMITS: false }, { nodeOptions: ['--max-old-space-size=512'] })
  onTestFinished(() => api.stop())
  const { token } = await makeMember(api)
  return { api, headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } }
}

/** Sends all of them, every fourth by nobody who is signed in; gives the responses that say that it was our fault. */
async function sendAll(api: ApiProcess, headers: Record<string, string>, bodies: string[]): Promise<string[]> {
  const faults: string[] = []
  const waiting = bodies.entries()
  const sender = async () => {
    for (const [index, body] of waiting) {
      const { authorization: _, ...anonymous } = headers
      const init = { method: 'POST', headers: index % 4 === 0 ? anonymous : headers, body }
      const response = await fetch(`${api.url}/graphql`, init).catch((error: Error) => {
        // Of what is too large the connection may be closed while it is still being sent.
        if (body.length > maxBodyBytes && !api.hasEnded()) return null
        throw error
      })
      if (!response) continue
      const text = await response.text()
      const codes: string[] = JSON.parse(text).errors?.map((error: { extensions: { code: string } }) => error.extensions.code) ?? []
      if (response.status >= 500 || codes.includes('INTERNAL_SERVER_ERROR'))
        faults.push(`${response.status} ${text}\n${body}`.slice(0, 2_000))
    }
  }
  await Promise.all(Array.from({ length: senders }, sender))
  return faults
}

const [wide, turns] = full ? [1_000, 3] : [165, 2]

/** Mutation check: red with the documents' cache bounded by count in place of size: the process ends, out of memory. */
test(`${wide} wide documents, ${turns} times each, end no process that has 512 MB of heap`, { timeout: 600_000 }, async () => {
  const { api, headers } = await smallProcess()
  const documents = Array.from({ length: wide }, (_, index) => JSON.stringify({ query: wideDocument(index) }))
  expect(documents[0]?.length).toBeGreaterThan(8_000)
  for (let turn = 1; turn <= turns; turn++) expect(await sendAll(api, headers, documents)).toEqual([])
  expect(api.hasEnded()).toBe(false)
  expect(api.faults).toEqual([])
})

/** Mutation check: red without the walk of variables.ts: one request blocks the process for seconds. */
test('hostile documents and variables by four senders at once: never 5xx, no fault in the log, and the process lives and says so', {
  timeout: 900_000,
}, async () => {
  const { api, headers } = await smallProcess()
  const bodies = hostileBodies({ documents: full ? 5_000 : 300, wide: full ? 300 : 20, variables: full ? 5_000 : 300, seed: 11 })
  const health = probe(`${api.url}/livez`)
  const faults = await sendAll(api, headers, bodies)
  const { count, failures, p50Ms, p99Ms, worstMs } = await health.stop()
  console.log(
    `${bodies.length} requests; /livez ${count} times: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, worst ${worstMs.toFixed(1)} ms`,
  )
  expect(faults).toEqual([])
  expect(api.hasEnded()).toBe(false)
  expect(api.faults).toEqual([])
  expect(failures).toBe(0)
  expect(p99Ms).toBeLessThan(full ? 250 : 2_000)
})
