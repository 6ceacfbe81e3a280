import { describe, expect, onTestFinished, test } from 'vitest'
import { queueName } from '../../src/jobs/scheduler.js'
import { appForThisTest, type TestApp } from '../support/app.js'
import { hasChromium, launchChromium } from '../support/browser.js'

const adminToken = 'a token of the operators'
const basic = (password: string) => ({ authorization: `Basic ${btoa(`admin:${password}`)}` })
const dashboard = (config: object = {}) => appForThisTest({ config: { ROLE: 'all', ADMIN_TOKEN: adminToken, ...config } })

test('the dashboard opens with the admin token alone', async () => {
  const app = await dashboard()
  for (const headers of [{}, basic('guessed'), { authorization: 'Bearer guessed' }]) {
    const response = await fetch(`${app.url}/jobs`, { headers })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Doorstep jobs"'])
    expect((await fetch(`${app.url}/jobs/api/queues`, { headers })).status).toBe(401)
  }
  for (const headers of [basic(adminToken), { authorization: `Bearer ${adminToken}` }]) {
    expect((await fetch(`${app.url}/jobs`, { headers })).status).toBe(200)
    expect(await (await fetch(`${app.url}/jobs/api/queues`, { headers })).text()).toContain(queueName)
  }
})

test('there is no dashboard without an admin token', async () => {
  const app = await dashboard({ ADMIN_TOKEN: undefined })
  expect((await fetch(`${app.url}/jobs`)).status).toBe(404)
})

// Mutation check: red without `rejectOtherSites` in jobs-board.ts: the browser adds the password that it knows.
test("another site's page changes nothing with the password that the browser knows", async () => {
  const app = await dashboard()
  const queue = `${app.url}/jobs/api/queues/${encodeURIComponent(queueName)}`
  const change = async (headers: Record<string, string>, method = 'PUT', path = 'pause') =>
    (await fetch(`${queue}/${path}`, { method, headers: { ...basic(adminToken), ...headers } })).status
  const evil = 'https://evil.example'
  const foreign: Record<string, string>[] = [
    { origin: evil },
    { origin: 'null' },
    { origin: evil, 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const headers of foreign) {
    expect([headers, await change(headers), await change(headers, 'POST', 'add')]).toEqual([headers, 403, 403])
    expect((await fetch(`${app.url}/jobs`, { headers: { ...basic(adminToken), ...headers } })).status).toBe(200)
  }
  // The last one is behind a proxy that changes the host.
  const own: Record<string, string>[] = [{}, { origin: app.url }, { origin: 'https://jobs.example', 'sec-fetch-site': 'same-origin' }]
  for (const headers of own) expect([headers, await change(headers)]).toEqual([headers, 200])
})

describe('guessing', () => {
  const statusOf = async ({ url }: TestApp, password: string, address: string) =>
    (await fetch(`${url}/jobs`, { headers: { ...basic(password), 'x-forwarded-for': address } })).status

  /** How many of the guesses that are made at once got each status. */
  async function guess(app: TestApp, addresses: string[]) {
    const statuses = await Promise.all(addresses.map((address, index) => statusOf(app, `guess ${index}`, address)))
    return Object.fromEntries([401, 429].map((status) => [status, statuses.filter((one) => one === status).length]))
  }

  // Mutation check: `ofAddress` not consumed in token-guard.ts.
  test('is over for an address after ten wrong tokens in a minute, even with the right one', async () => {
    const app = await dashboard({ TRUST_PROXY: 1 })
    expect(await guess(app, Array(60).fill('10.0.0.1'))).toEqual({ 401: 10, 429: 50 })
    expect(await statusOf(app, adminToken, '10.0.0.1')).toBe(429)
    expect(await statusOf(app, adminToken, '10.0.0.2')).toBe(200)

    const response = await fetch(`${app.url}/jobs`, { headers: { ...basic('guessed'), 'x-forwarded-for': '10.0.0.1' } })
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
  })

  // Mutation check: `ofAll` not consumed in token-guard.ts.
  test('is over for everybody after a hundred wrong tokens in a minute', async () => {
    const app = await dashboard({ TRUST_PROXY: 1 })
    expect(
      await guess(
        app,
        Array.from({ length: 200 }, (_, index) => `10.0.1.${index}`),
      ),
    ).toEqual({ 401: 100, 429: 100 })
  })

  // Mutation check: no reward for the right token in token-guard.ts.
  test('is not what somebody with the right token does', async () => {
    const app = await dashboard()
    for (let index = 0; index < 120; index++) expect(await statusOf(app, adminToken, '10.0.0.1')).toBe(200)
  })
})

describe.skipIf(!hasChromium)('in a browser', () => {
  // Mutation check: the jobs' board without a policy of its own, under that of the API.
  test('the dashboard shows the queue and its jobs, and loads from its own server alone', { timeout: 60_000 }, async () => {
    const app = await dashboard()
    await app.app.scheduler?.declare()
    const browser = await launchChromium()
    onTestFinished(() => browser.close())
    const context = await browser.newContext({ httpCredentials: { username: 'admin', password: adminToken } })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      // The one thing that the policy blocks: Bull Board's font, which is another host's.
      const isFont = message.text().startsWith("Loading the stylesheet 'https://fonts.googleapis.com/")
      if (message.type() === 'error' && !isFont) complaints.push(message.text())
    })
    page.on('response', (response) => {
      if (new URL(response.url()).origin !== app.url) complaints.push(`loaded from another host: ${response.url()}`)
    })

    await page.goto(`${app.url}/jobs`)
    await page.getByRole('link', { name: queueName }).first().click()
    await page.getByText('midnight-reset').first().waitFor()
    await page.getByText('Schedulers').first().click()
    await page.getByText('every 1h').first().waitFor()
    const paused = page.evaluate(
      `fetch('/jobs/api/queues/${encodeURIComponent(queueName)}/pause', { method: 'PUT' }).then(({ status }) => status)`,
    )
    expect(await paused).toBe(200)
    expect(complaints).toEqual([])
  })
})
