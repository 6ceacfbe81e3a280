// `npm run bench:notifications`: what the feed costs when nothing changed, from the cache, and from the database.
// Two servers on one database, one with Redis and one without; wrk asks them in turns, so that noise meets all alike.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setupOrExit } from '../scripts/setup.mjs'
import { ask, signInSomebody } from './ask.mjs'
import { median, spread } from './figures.mjs'

const [members, notifications, connections, rounds, seconds] = [300, 10, 32, 5, 4]

await setupOrExit()
const { generateAccessTokenKey } = await import('../dist/auth/access-token.js')
const { load, writeRequests } = await import('./load.mjs')
const { serve } = await import('./processes.mjs')
const { machineOf } = await import('./report.mjs')
const { log } = await import('./stage.mjs')
const { startStores } = await import('./stores.mjs')

const dir = await mkdtemp(join(tmpdir(), 'doorstep-bench-'))
const embedded = await startStores(dir, log)
const servers = []
try {
  const key = await generateAccessTokenKey()
  const cached = await serveWith({ REDIS_URL: embedded.redisUrl })
  const uncached = await serveWith({ REDIS_URL: 'redis://127.0.0.1:1' })

  const asked = '{ etag notModified items { scenarioId name memo method daysOfWeek time } }'
  const full = { query: `{ notifications ${asked} }` }
  const people = []
  while (people.length < members) people.push(...(await Promise.all(Array.from({ length: 10 }, () => makeMember(cached)))))
  for (const one of people) one.etag = (await ask(cached, { token: one.token, body: full })).notifications.etag
  const poll = ({ etag }) => ({ query: `query ($etag: String) { notifications(ifNoneMatch: $etag) ${asked} }`, variables: { etag } })

  const kinds = [
    { name: 'not modified', url: cached, file: await requests('poll', poll) },
    { name: 'full, cached', url: cached, file: await requests('full', () => full) },
    { name: 'full, uncached', url: uncached, file: await requests('full', () => full) },
  ]
  for (const { url, file } of kinds) await measure(url, file, 2)
  const figures = new Map(kinds.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const { name, url, file } of kinds) figures.get(name).push(await measure(url, file, seconds))
    console.error(`round ${round}: ${kinds.map(({ name }) => `${name} ${Math.round(figures.get(name).at(-1))}`).join(', ')}`)
  }
  const [notModified, fromCache, fromDatabase] = kinds.map(({ name }) => median(figures.get(name)))
  console.log(`
${await machineOf(embedded.databaseUrl)}; ${connections} connections, ${members} members with ${notifications} notifications each;
requests/s, median (least to most) of ${rounds} interleaved rounds of ${seconds} s:

| answer | requests/s | against uncached |
|---|---|---|`)
  for (const { name } of kinds) {
    const all = figures.get(name)
    console.log(`| ${name} | ${spread(all)} | ${(median(all) / fromDatabase).toFixed(2)}× |`)
  }
  console.log(
    fromCache / fromDatabase < 1.3
      ? '\nThe cache brings less than 1.3 times the uncached answer. What saves work is the etag, not the cache.'
      : `\nThe cache brings ${(fromCache / fromDatabase).toFixed(2)} times the uncached answer.`,
  )
  if (notModified < fromDatabase) console.log('A poll that changes nothing is slower than an uncached answer: something is wrong.')

  async function serveWith(settings) {
    const env = { DATABASE_URL: embedded.databaseUrl, ACCESS_TOKEN_PRIVATE_KEY: key, PORT: '0', ROLE: 'api', ...settings }
    const server = await serve('dist/main.js', { env })
    servers.push(server)
    return server.url
  }

  function requests(name, bodyOf) {
    return writeRequests(
      join(dir, `${name}.requests`),
      people.map((one) => ({ token: one.token, body: bodyOf(one) })),
    )
  }
} finally {
  await Promise.all(servers.map((server) => server.stop()))
  await embedded.stop()
  await rm(dir, { recursive: true, force: true })
}

async function measure(url, file, forSeconds) {
  return (await load({ url, file, connections, seconds: forSeconds, timeoutSeconds: 2 })).perSecond
}

async function makeMember(url) {
  const token = await signInSomebody(url)
  const create = 'mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { listVersion } }'
  for (let n = 0; n < notifications; n++) {
    const notification = { active: true, method: 'ALARM', daysOfWeek: ['MONDAY', 'TUESDAY', 'FRIDAY'], time: `0${n % 10}:30` }
    const input = { name: `Scenario ${n}`, memo: 'Windows, keys, phone, umbrella', notification }
    await ask(url, { token, body: { query: create, variables: { input } } })
  }
  return { token }
}
