// `npm run bench:notifications`: what the feed costs when nothing changed, from the cache, and from the database.
// Two servers on one database, one with Redis and one without; wrk asks them in turns, so that noise meets all alike.
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { root, setupOrExit } from '../scripts/setup.mjs'

const [members, notifications, connections, rounds, seconds] = [300, 10, 32, 5, 4]

await setupOrExit()
const load = (file) => import(`../dist/${file}`)
const { startEmbedded } = await load('infra/embedded.js')
const { generateAccessTokenKey } = await load('auth/access-token.js')
const { findCommand, installSystemPackage } = await load('infra/system-package.js')
if (!findCommand('wrk')) await installSystemPackage({ apt: 'wrk', brew: 'wrk' })

const dir = await mkdtemp(join(tmpdir(), 'doorstep-bench-'))
const log = { info() {}, warn: (detail, message) => console.error(message, detail) }
const embedded = await startEmbedded({ dataDir: dir, postgres: true, redis: true, log })
const servers = []
try {
  const key = await generateAccessTokenKey()
  const cached = await serve({ REDIS_URL: embedded.redisUrl })
  const uncached = await serve({ REDIS_URL: 'redis://127.0.0.1:1' })

  const asked = '{ etag notModified items { scenarioId name memo method daysOfWeek time } }'
  const full = { query: `{ notifications ${asked} }` }
  const people = []
  while (people.length < members) people.push(...(await Promise.all(Array.from({ length: 10 }, () => makeMember(cached)))))
  for (const one of people) one.etag = (await ask(cached, one.token, full)).notifications.etag
  const poll = ({ etag }) => ({ query: `query ($etag: String) { notifications(ifNoneMatch: $etag) ${asked} }`, variables: { etag } })

  const kinds = [
    { name: 'not modified', url: cached, file: await requests('poll', poll) },
    { name: 'full, cached', url: cached, file: await requests('full', () => full) },
    { name: 'full, uncached', url: uncached, file: await requests('full', () => full) },
  ]
  for (const { url, file } of kinds) await wrk(url, file, 2)
  const figures = new Map(kinds.map(({ name }) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const { name, url, file } of kinds) figures.get(name).push(await wrk(url, file, seconds))
    console.error(`round ${round}: ${kinds.map(({ name }) => `${name} ${Math.round(figures.get(name).at(-1))}`).join(', ')}`)
  }
  const [notModified, fromCache, fromDatabase] = kinds.map(({ name }) => median(figures.get(name)))
  const model = `${cpus().length} cores, ${cpus()[0].model.trim()}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`
  console.log(`
${model}; ${connections} connections, ${members} members with ${notifications} notifications each;
requests/s, median (least to most) of ${rounds} interleaved rounds of ${seconds} s:

| answer | requests/s | against uncached |
|---|---|---|`)
  for (const { name } of kinds) {
    const all = figures
      .get(name)
      .toSorted((one, other) => one - other)
      .map(Math.round)
    console.log(`| ${name} | ${Math.round(median(all))} (${all[0]} to ${all.at(-1)}) | ${(median(all) / fromDatabase).toFixed(2)}× |`)
  }
  console.log(
    fromCache / fromDatabase < 1.3
      ? '\nThe cache brings less than 1.3 times the uncached answer. What saves work is the etag, not the cache.'
      : `\nThe cache brings ${(fromCache / fromDatabase).toFixed(2)} times the uncached answer.`,
  )
  if (notModified < fromDatabase) console.log('A poll that changes nothing is slower than an uncached answer: something is wrong.')

  async function serve(settings) {
    const env = { PATH: process.env.PATH, DATABASE_URL: embedded.databaseUrl, ACCESS_TOKEN_PRIVATE_KEY: key, PORT: '0', ...settings }
    const child = spawn(process.execPath, ['dist/main.js'], {
      cwd: root,
      env: { ...env, ROLE: 'api' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    servers.push(child)
    for await (const line of createInterface(child.stdout)) {
      const { url } = JSON.parse(line)
      if (!url) continue
      child.stdout.resume()
      return url
    }
    throw new Error('The server ended before it served.')
  }

  async function requests(name, bodyOf) {
    const file = join(dir, `${name}.requests`)
    await writeFile(file, people.map((one) => `${one.token}\t${JSON.stringify(bodyOf(one))}\n`).join(''))
    return file
  }
} finally {
  for (const server of servers) server.kill()
  await embedded.stop()
  await rm(dir, { recursive: true, force: true })
}

async function wrk(url, file, forSeconds) {
  const script = join(root, 'bench/requests.lua')
  const options = ['-t1', `-c${connections}`, `-d${forSeconds}s`, '-s', script, url, '--', file]
  const { stdout } = await promisify(execFile)('wrk', options)
  const { requests, microseconds, failures } = JSON.parse(stdout.split('\n').findLast((line) => line.startsWith('{')))
  if (failures > 0) throw new Error(`${failures} requests failed:\n${stdout}`)
  return requests / (microseconds / 1e6)
}

async function ask(url, token, body) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

async function makeMember(url) {
  const signIn = 'mutation ($input: SignInForDevelopmentInput!) { signInForDevelopment(input: $input) { accessToken } }'
  const { signInForDevelopment } = await ask(url, null, { query: signIn, variables: { input: { handle: randomUUID() } } })
  const token = signInForDevelopment.accessToken
  const create = 'mutation ($input: CreateScenarioInput!) { createScenario(input: $input) { listVersion } }'
  for (let n = 0; n < notifications; n++) {
    const notification = { active: true, method: 'ALARM', daysOfWeek: ['MONDAY', 'TUESDAY', 'FRIDAY'], time: `0${n % 10}:30` }
    const input = { name: `Scenario ${n}`, memo: 'Windows, keys, phone, umbrella', notification }
    await ask(url, token, { query: create, variables: { input } })
  }
  return { token }
}

function median(values) {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)]
}
