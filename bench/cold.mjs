// What a process that has just started takes: until it serves, for its first answer, for a document it has never seen.
import { ask } from './ask.mjs'
import { median } from './figures.mjs'

/**
 * Starts each contender some times, by turns; gives medians in milliseconds. `starts`: by name, how to start a process; `requests`: by
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
    const timed = (query) => answerMs(server.url, { token, body: { ...body, query } })
    // The second has another alias: no cache of documents knows it.
    return { servesMs, firstMs: await timed(body.query), unseenMs: await timed(unseen(body.query)), knownMs: await timed(body.query) }
  } finally {
    await server.stop()
  }
}

const unseen = (query) => query.replace('memo', 'other: memo memo')

async function answerMs(url, request) {
  const began = performance.now()
  await ask(url, request)
  return performance.now() - began
}
