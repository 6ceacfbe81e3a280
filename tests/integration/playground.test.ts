import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.js'

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const hasChromium = existsSync(executablePath)
if (!hasChromium) console.warn(`playground tests in a browser are skipped: no Chromium at ${executablePath} (CHROMIUM_PATH)`)

const tabs = ['SignIn', 'CreateScenarios', 'Today', 'TickMission', 'MoveScenario']

let app: Awaited<ReturnType<typeof startTestApp>>
beforeAll(async () => {
  app = await startTestApp()
}, 120_000)
afterAll(() => app?.stop())

describe('the files of the playground', () => {
  test('the page is checked for news each time, its assets are kept for ever', async () => {
    const page = await fetch(app.url)
    expect(page.headers.get('cache-control')).toBe('no-cache')

    const paths = (await page.text()).match(/\/playground\/[^"]+/g) ?? []
    expect(paths).toHaveLength(6)
    for (const path of paths) {
      const asset = await fetch(app.url + path)
      expect([path, asset.status]).toEqual([path, 200])
      expect(asset.headers.get('cache-control')).toContain('immutable')
      expect(asset.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  test('the page may load from its own server only, and no other page may frame it', async () => {
    const { headers } = await fetch(app.url)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  test.each(['/playground/', '/playground/graphiql.js', '/playground/..%2fpackage.json', '/playground/package.json'])(
    '%s is not served',
    async (path) => {
      expect((await fetch(app.url + path)).status).toBe(404)
    },
  )
})

describe.skipIf(!hasChromium)('the playground in a browser', { timeout: 60_000 }, () => {
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
    browser = await chromium.launch({ executablePath, args })
  }, 60_000)
  afterAll(() => browser?.close())

  beforeEach(async () => {
    complaints = []
    context = await browser.newContext()
    await context.route('**/*', (route) => {
      const url = new URL(route.request().url())
      if (url.origin === new URL(app.url).origin) return route.continue()
      complaints.push(`asked another host: ${url}`)
      return route.abort()
    })
    page = await context.newPage()
    page.on('console', (message) => {
      // A GraphQL error may come with a 4xx status, which Chromium reports too; the tests read those answers themselves.
      const isAnswer = message.location().url.endsWith('/graphql')
      if (message.type() === 'error' && !isAnswer) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterEach(async () => {
    await context.close()
    expect(complaints).toEqual([])
  })

  const runButton = () => page.getByRole('button', { name: /^Execute query/ })
  const localStorageText = () => page.evaluate<string>('JSON.stringify(localStorage)')
  const answerPane = () => page.locator('.result-window')

  const tabNames = () => page.getByRole('tab').allInnerTexts()
  const closeTab = (name: string) => page.getByRole('tab', { name }).locator('..').getByRole('button', { name: 'Close Tab' }).click()

  async function open() {
    await page.goto(app.url)
    await runButton().waitFor()
  }

  async function startOver() {
    const loaded = page.waitForEvent('load')
    await page.getByRole('button', { name: 'Start over' }).click()
    await loaded
    await runButton().waitFor()
  }

  /** Opens a tab, presses Run, and gives the server's answer. */
  async function run(tab: string) {
    await page.getByRole('tab', { name: tab }).click()
    const answered = page.waitForResponse((response) => response.request().postData()?.includes(` ${tab}`) ?? false)
    await runButton().click()
    return (await answered).json()
  }

  test('it opens with its five tabs, asks no other host and breaks no rule of its own policy', async () => {
    await open()
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(tabs)

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click()
    await page.getByText('createScenario', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: 'Open settings dialog' }).click()
    await page.getByRole('dialog').waitFor()
  })

  test('the first tab signs in and shows the access token', async () => {
    await open()
    const { data, errors } = await run('SignIn')
    expect(errors).toBeUndefined()
    expect(data.signInForDevelopment.accessToken).toEqual(expect.any(String))

    await answerPane().getByText('"accessToken"').waitFor()
    await page.getByText('Signed in', { exact: true }).waitFor()
  })

  test('the tabs run one after another, twice, with nothing typed in between', async () => {
    await open()
    for (const tab of [...tabs, ...tabs]) {
      const answer = await run(tab)
      expect([tab, answer.errors]).toEqual([tab, undefined])
      expect([tab, answer.data]).toEqual([tab, expect.any(Object)])
    }
  })

  test('the second run of a tab creates nothing twice, and ticks what the first one ticked', async () => {
    await open()
    await run('SignIn')
    await run('CreateScenarios')
    const once = (await run('Today')).data.scenarios
    await run('CreateScenarios')
    const twice = (await run('Today')).data.scenarios
    expect(twice).toEqual(once)

    expect((await run('TickMission')).data.checkMission.item.isChecked).toBe(true)
    expect((await run('TickMission')).data.checkMission.item.isChecked).toBe(true)
  })

  test('a move puts the last scenario first', async () => {
    await open()
    await run('SignIn')
    await run('CreateScenarios')
    const before = (await run('Today')).data.scenarios.map(({ id }: { id: string }) => id)
    const after = (await run('MoveScenario')).data.moveScenario.scenarios.map(({ id }: { id: string }) => id)
    expect(after).toEqual([before.at(-1), ...before.slice(0, -1)])
  })

  test('whoever has not signed in is told to', async () => {
    await open()
    const { errors } = await run('Today')
    expect(errors[0].extensions.code).toBe('UNAUTHENTICATED')
    await answerPane().getByText('Run the SignIn tab first').waitFor()

    await page.getByRole('tab', { name: 'TickMission' }).click()
    await runButton().click()
    await answerPane().getByText('Run the SignIn tab first').waitFor()
  })

  test('a token that is no good any more does not stand in the way of signing in', async () => {
    // As strict as a server may be: it refuses whatever comes with such a token, even a sign-in.
    const refusal = { errors: [{ message: 'Not signed in.', extensions: { code: 'UNAUTHENTICATED' } }] }
    await context.route('**/graphql', (route) =>
      route.request().headers().authorization === 'Bearer stale' ? route.fulfill({ json: refusal }) : route.fallback(),
    )
    await page.addInitScript(`sessionStorage.setItem('doorstep-playground:memory', '{ "accessToken": "stale" }')`)
    await open()
    await run('SignIn')
    await page.getByText('Signed in', { exact: true }).waitFor()
    expect((await run('Today')).errors).toBeUndefined()
  })

  test('the access token outlives a reload, and never gets into localStorage', async () => {
    await open()
    const token: string = (await run('SignIn')).data.signInForDevelopment.accessToken
    await page.reload()
    await runButton().waitFor()
    expect((await run('Today')).errors).toBeUndefined()

    expect(await localStorageText()).not.toContain(token)
  })

  test('a returning visitor sees the tabs of this version, not those kept from an older one', async () => {
    const old = JSON.stringify({
      activeTabIndex: 0,
      tabs: [{ id: '1', title: 'Old', query: 'query Old { x }', variables: '', headers: '', operationName: 'Old', response: null }],
    })
    for (const prefix of ['', 'doorstep-playground:tabs-0:']) {
      await context.addInitScript(`localStorage.setItem('${prefix}graphiql:tabState', '${old}')`)
    }
    await open()
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(tabs)
  })

  // GraphiQL writes its tabs half a second after a change, and the text of the editors apart from them. The moments of these
  // reloads lie before, between and after those writes.
  // Mutation check: storage as it is without `readers`, and no onTabChange: 6 of 8 reloads found other tabs.
  test('a closed tab stays closed, at whatever moment the page is reloaded', async () => {
    await open()
    for (let ms = 0; ms <= 700; ms += 100) {
      await closeTab('SignIn')
      await page.waitForTimeout(ms)
      await page.reload()
      await runButton().waitFor()
      expect.soft([ms, await tabNames()]).toEqual([ms, tabs.slice(1)])
      await startOver()
    }
  })

  // Mutation check: forget the tabs in the old page, when Start over is pressed, and let GraphiQL write them: an <untitled> tab.
  test('Start over brings every tab back and signs out, whatever the old page writes while it waits for the new one', async () => {
    await open()
    await context.route(`${app.url}/`, async (route) => {
      await page.waitForTimeout(800)
      await route.continue()
    })
    for (let ms = 0; ms <= 200; ms += 50) {
      await run('SignIn')
      await closeTab('SignIn')
      await page.waitForTimeout(ms)
      await startOver()
      expect.soft([ms, await tabNames()]).toEqual([ms, tabs])
      await page.getByText('Not signed in', { exact: true }).waitFor()
    }
  })
})
