// What a process that has just started takes: until it serves, for its first answer, for a document it has never seen.
import { median } from './figures.mjs'

/**
 * Starts each contender some times, by turns; gives medians in milliseconds. `starts`: by name, how to start a process; `request`: by
 * name, a list's access token and body.
 */
export async function measureCold(starts, requests, times) {
  const figures = new Map(Object.keys(starts).map((name) => [name, []]))
  for (let round = 0; round < times; round++) {
    for (const [name, start] of Object.entries(starts)) figures.get(name).push(await once(start, requests[name]))
  }
  return [...figures].map(([name, all]) => ({
    name,
    ...Object.fromEntries(Object.keys(all[0]).map((what) => [what, median(all.map((figure) => figure[what]))])),
  }))
}

async function once(start, { token, body }) {
  const began = performance.now()
  const server = await start()
  const servesMs = performance.now() - began
  try {
    const ask = (query) => answerMs(server.url, token, { ...body, query })
    // The second has another alias: no cache of documents knows it.
    return { servesMs, firstMs: await ask(body.query), unseenMs: await ask(unseen(body.query)), knownMs: await ask(body.query) }
  } finally {
    await server.stop()
  }
}

const unseen = (query) => query.replace('memo', 'other: memo memo')

async function answerMs(url, token, body) {
  const began = performance.now()
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) })
  const { errors } = await response.json()
  if (!response.ok || errors) throw new Error(`A first request failed: ${JSON.stringify(errors)}`)
  return performance.now() - began
}
