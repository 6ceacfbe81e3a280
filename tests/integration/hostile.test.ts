import { describe, expect, test } from 'vitest'
import { createLog } from '../../src/log.js'
import { appForThisTest } from '../support/app.js'
import { makeMember } from '../support/client.js'
import { heapMegabytes } from '../support/heap.js'
import { fuzzedDocument, hostileDocuments, seeded } from '../support/hostile.js'

/** `npm run test:hostile` sends all of it and holds it to its times, on a machine that does nothing else meanwhile. */
const full = process.env.HOSTILE === 'full'
const fuzzed = full ? 5_000 : 250

/**
 * Mutation check: red without the limits of document-limits.ts. The bound on memory catches a leak of some 25 kB a document; what
 * is remembered of each document is smaller, and has its bounds in memory.test.ts.
 */
describe.each(['jit', 'js'] as const)('with the %s executor', (EXECUTOR) => {
  test(`${hostileDocuments().length} hostile documents and ${fuzzed} fuzzed ones: never 5xx, always JSON`, {
    timeout: 600_000,
  }, async () => {
    let logged: string[] = []
    const log = createLog('error', { write: (line: string) => void logged.push(line) })
    const app = await appForThisTest({ config: { EXECUTOR }, log })
    const client = await makeMember(app)
    const random = seeded(5)
    const documents = [...hostileDocuments(), ...Array.from({ length: fuzzed }, () => fuzzedDocument(random))]

    const durations: number[] = []
    const faults: string[] = []
    const send = async (document: string, signedIn: boolean) => {
      logged = []
      const started = performance.now()
      const response = await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(signedIn && { authorization: `Bearer ${client.token}` }) },
        body: JSON.stringify({ query: document, variables: { d: '2026-01-01', i: { missionId: 'x' } } }),
      })
      const text = await response.text()
      durations.push(performance.now() - started)
      const codes: string[] = JSON.parse(text).errors?.map((error: { extensions: { code: string } }) => error.extensions.code) ?? []
      const fault = response.status >= 500 || codes.some((code) => code === undefined || code === 'INTERNAL_SERVER_ERROR')
      // With what the log knows of it, since a fault of one run may be none of the next.
      if (fault) faults.push([`${response.status} ${text}`, document, ...logged].map((part) => part.slice(0, 1_000)).join('\n'))
    }

    // Once to warm up: what is compiled and cached for good is no leak.
    for (const [index, document] of documents.entries()) await send(document, index % 4 !== 0)
    const before = heapMegabytes()
    durations.length = 0
    for (const [index, document] of documents.entries()) await send(`${document} #${index}`, index % 4 !== 0)
    const grown = heapMegabytes() - before

    durations.sort((a, b) => a - b)
    const at = (share: number) => durations[Math.floor(durations.length * share)] ?? Number.NaN
    console.log(
      `${EXECUTOR}: ${durations.length} documents, p50 ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms, ` +
        `worst ${durations.at(-1)?.toFixed(1)} ms, heap ${grown.toFixed(1)} MB more`,
    )
    expect(faults).toEqual([])
    expect(grown).toBeLessThan(40)
    expect(at(0.99)).toBeLessThan(full ? 50 : 1_000)
  })
})
