// `npm run bench:streams`: what idle streams of memberChanged cost: memory, and what a check beside them waits; and how far behind the
// streams of one member are while another device makes fifty changes a second.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { setupOrExit } from '../scripts/setup.mjs'
import { ask, signInSomebody } from './ask.mjs'
import { median, p99, spread } from './figures.mjs'

const [streams, streamsPerMember, rounds, checksPerRound, changesPerSecond, changes] = [3_000, 10, 3, 1_500, 50, 500]

await setupOrExit()
const { generateAccessTokenKey } = await import('../dist/auth/access-token.js')
const { serve } = await import('./processes.mjs')
const { machineOf } = await import('./report.mjs')
const { log } = await import('./stage.mjs')
const { startStores } = await import('./stores.mjs')

const create = `mutation ($input: CreateScenarioInput!) {
  createScenario(input: $input) { scenario { id basicMissions { id } } }
}`
const check = 'mutation ($input: CheckMissionInput!) { checkMission(input: $input) { checklist { checkedCount } } }'
const move = 'mutation ($input: MoveScenarioInput!) { moveScenario(input: $input) { listVersion } }'
const subscription = 'subscription { memberChanged { token upToDate listVersion } }'

const dir = await mkdtemp(join(tmpdir(), 'doorstep-bench-'))
const embedded = await startStores(dir, log)
const env = {
  DATABASE_URL: embedded.databaseUrl,
  REDIS_URL: embedded.redisUrl,
  ACCESS_TOKEN_PRIVATE_KEY: await generateAccessTokenKey(),
  PORT: '0',
  ROLE: 'api',
  RATE_LIMITS: 'false',
}
const server = await serve('dist/main.js', { env })
const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
try {
  const checker = await makeMember()
  const watchers = []
  while (watchers.length < streams / streamsPerMember) watchers.push(...(await Promise.all(Array.from({ length: 10 }, makeMember))))

  await checkLatencies(checker, checksPerRound)
  const [without, beside, kilobytes] = [[], [], []]
  for (let round = 1; round <= rounds; round++) {
    without.push(p99(await checkLatencies(checker, checksPerRound)))
    const before = residentKilobytes()
    const open = await openAll(watchers.flatMap((member) => Array(streamsPerMember).fill(member)))
    kilobytes.push((residentKilobytes() - before) / streams)
    beside.push(p99(await checkLatencies(checker, checksPerRound)))
    for (const stream of open) stream.close()
    await allClosed()
    console.error(`round ${round}: p99 ${without.at(-1).toFixed(1)} ms without, ${beside.at(-1).toFixed(1)} ms beside ${streams} streams`)
  }

  const own = await openAll(Array(streamsPerMember).fill(checker))
  const delays = await changesSeenBy(own, checker)
  console.log(`
${await machineOf(embedded.databaseUrl)}; ${streams} idle streams, ${streamsPerMember} a member; median (least to most) of ${rounds} rounds:

| | |
|---|---|
| memory of the process for a stream, kB (the first round has what is made once) | ${spread(kilobytes)} |
| a check, p99, without streams, ms | ${spread(without)} |
| a check, p99, beside them, ms | ${spread(beside)}, ${(median(beside) / median(without)).toFixed(2)} × |
| ${changesPerSecond} moves a second of one member: until all its ${streamsPerMember} streams know, ms | ${Math.round(median(delays))}, p99 ${Math.round(p99(delays))} |`)
  for (const stream of own) stream.close()
} finally {
  agent.destroy()
  await server.stop()
  await embedded.stop()
  await rm(dir, { recursive: true, force: true })
}

async function makeMember() {
  const token = await signInSomebody(server.url)
  const scenarios = []
  for (const name of ['Gym', 'Trip']) {
    const input = { name, basicMissions: [{ content: 'Keys' }, { content: 'Phone' }] }
    scenarios.push((await ask(server.url, { token, body: { query: create, variables: { input } } })).createScenario.scenario)
  }
  return { token, scenarios }
}

/** Milliseconds of so many checks, one after the other. */
async function checkLatencies({ token, scenarios }, count) {
  const latencies = []
  for (let n = 0; n < count; n++) {
    const input = { missionId: scenarios[0].basicMissions[n % 2].id, isChecked: n % 4 < 2 }
    const began = performance.now()
    await ask(server.url, { token, body: { query: check, variables: { input } } })
    latencies.push(performance.now() - began)
  }
  return latencies
}

/** Opens streams, a hundred at a time, and waits for the first signal of each. */
async function openAll(members) {
  const open = []
  for (let n = 0; n < members.length; n += 100) open.push(...(await Promise.all(members.slice(n, n + 100).map(openStream))))
  return open
}

function openStream({ token }) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` }
    const outgoing = request(`${server.url}/graphql`, { method: 'POST', headers, agent })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const stream = { listVersion: 0, close: () => outgoing.destroy() }
      response.on('error', () => {})
      response.setEncoding('utf8').on('data', (text) => {
        for (const [, data] of text.matchAll(/^data: (\{.*\})$/gm)) {
          const { data: told, errors } = JSON.parse(data)
          if (errors) return reject(new Error(JSON.stringify(errors)))
          stream.listVersion = told.memberChanged.listVersion
          resolve(stream)
        }
      })
    })
    outgoing.end(JSON.stringify({ query: subscription }))
  })
}

/** Moves at a steady pace; for each the milliseconds from its response until every stream has been told of it, or of a later one. */
async function changesSeenBy(open, { token, scenarios }) {
  const began = performance.now()
  const waits = []
  for (let n = 0; n < changes; n++) {
    await sleep(Math.max(0, began + (n * 1_000) / changesPerSecond - performance.now()))
    const [id, nextId] = n % 2 ? scenarios.map(({ id }) => id) : scenarios.map(({ id }) => id).toReversed()
    const { moveScenario } = await ask(server.url, { token, body: { query: move, variables: { input: { id, nextId } } } })
    waits.push(allKnow(open, moveScenario.listVersion, performance.now()))
  }
  return Promise.all(waits)
}

async function allKnow(open, listVersion, since) {
  while (open.some((stream) => stream.listVersion < listVersion)) {
    if (performance.now() > since + 30_000) throw new Error('A stream was not told of a change within 30 s.')
    await sleep(1)
  }
  return performance.now() - since
}

async function allClosed() {
  const deadline = performance.now() + 30_000
  while (!/^doorstep_streams 0$/m.test(await (await fetch(`${server.url}/metrics`)).text())) {
    if (performance.now() > deadline) throw new Error('The server holds streams that their clients have closed.')
    await sleep(50)
  }
}

function residentKilobytes() {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1])
}
