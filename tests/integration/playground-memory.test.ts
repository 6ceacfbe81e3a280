import type { Request, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.js'
import { hasChromium, sharedChromium } from '../support/browser.js'
import { makeMember } from '../support/client.js'
import { openPlayground as open, tabs, visit } from '../support/playground.js'

describe.skipIf(!hasChromium)('what the playground remembers', () => {
  let app: Awaited<ReturnType<typeof startTestApp>>
  beforeAll(async () => {
    app = await startTestApp()
  })
  afterAll(() => app?.stop())
  const browser = sharedChromium()

  const unauthenticated = { errors: [{ message: 'Not signed in.', extensions: { code: 'UNAUTHENTICATED' } }] }

  const openPlayground = () => open(browser(), app.url)

  // Mutation check: red without `!request.rememberedToken ||` in session.js.
  test("a visitor's own Authorization header is sent in the place of the remembered one, and once where it is no good", async () => {
    const playground = await openPlayground()
    const { page } = playground
    const mine: string = (await playground.run('SignIn')).data.signInForDevelopment.accessToken
    const other = await makeMember(app)
    const sent: Request[] = []
    page.on('request', (request) => request.postData()?.includes(' Today') && sent.push(request))

    await playground.tab('Today').click()
    await page.getByRole('button', { name: 'Headers' }).click()
    await playground.write('Headers', JSON.stringify({ Authorization: `Bearer ${other.token}` }))
    expect((await playground.run('Today')).data.me.id).toBe(other.memberId)

    await playground.write('Headers', JSON.stringify({ AUTHORIZATION: 'Bearer guessed' }))
    expect((await playground.run('Today')).errors[0].extensions.code).toBe('UNAUTHENTICATED')
    await playground.note().getByText('the Authorization header that you wrote').waitFor()
    expect(sent.map((request) => request.headers().authorization)).toEqual([`Bearer ${other.token}`, 'Bearer guessed'])
    expect(await page.evaluate('sessionStorage.getItem("doorstep-playground:memory")')).toContain(mine)
  })

  // Mutation check: red with `renewal = renew()` in session.js.
  test('a session whose access token is over is refreshed unseen, once for all requests', async () => {
    const playground = await openPlayground()
    const { accessToken } = (await playground.run('SignIn')).data.signInForDevelopment
    const late: Route[] = []
    await playground.context.route('**/graphql', async (route) => {
      if (route.request().headers().authorization !== `Bearer ${accessToken}`) return route.fallback()
      // Both find out at the same time: the introspection of the schema, and Run.
      if (late.push(route) === 2) await Promise.all(late.map((one) => one.fulfill({ json: unauthenticated })))
    })
    let refreshes = 0
    playground.page.on('request', (request) => {
      if (request.postData()?.includes('RefreshSession')) refreshes++
    })
    await playground.reload()
    await playground.tab('Today').click()
    await playground.runButton().click()
    await playground.outcome().getByText('200 OK').waitFor()
    expect(await playground.note().count()).toBe(0)
    expect([late.length, refreshes]).toEqual([2, 1])
  })

  test('a token that is no good any more does not stand in the way of signing in', async () => {
    const playground = await visit(browser(), app.url)
    // As strict as a server may be: it rejects whatever comes with such a token, even a sign-in.
    await playground.context.route('**/graphql', (route) =>
      route.request().headers().authorization === 'Bearer stale' ? route.fulfill({ json: unauthenticated }) : route.fallback(),
    )
    await playground.page.addInitScript(`sessionStorage.setItem('doorstep-playground:memory', '{ "accessToken": "stale" }')`)
    await playground.open()
    await playground.run('SignIn')
    await playground.session().getByText('Signed in as').waitFor()
    expect((await playground.run('Today')).errors).toBeUndefined()
  })

  test('the access token outlives a reload, and never gets into localStorage', async () => {
    const playground = await openPlayground()
    const token: string = (await playground.run('SignIn')).data.signInForDevelopment.accessToken
    await playground.reload()
    expect((await playground.run('Today')).errors).toBeUndefined()

    expect(await playground.page.evaluate('JSON.stringify(localStorage)')).not.toContain(token)
  })

  test('a visitor signs in as the same made-up member each time, another visitor as another, and so after Start over', async () => {
    const [one, other] = [await openPlayground(), await openPlayground()]
    const memberOf = async (playground: typeof one) => (await playground.run('SignIn')).data.signInForDevelopment.member
    const first = await memberOf(one)
    expect(first.nickname).toMatch(/^[a-z]+-[a-z]+-\d{4}$/)
    await one.reload()
    expect((await memberOf(one)).id).toBe(first.id)
    expect((await memberOf(other)).id).not.toBe(first.id)
    await one.startOver()
    expect((await memberOf(one)).id).not.toBe(first.id)
  })

  test('a returning visitor sees the tabs of this version, not those kept from an older one', async () => {
    const old = JSON.stringify({
      activeTabIndex: 0,
      tabs: [{ id: '1', title: 'Old', query: 'query Old { x }', variables: '', headers: '', operationName: 'Old', response: null }],
    })
    const playground = await visit(browser(), app.url)
    for (const prefix of ['', 'doorstep-playground:tabs-0:']) {
      await playground.context.addInitScript(`localStorage.setItem('${prefix}graphiql:tabState', '${old}')`)
    }
    await playground.open()
    expect(await playground.tabNames()).toEqual(tabs)
  })

  /** `npm run test:long` tries more moments. */
  const long = process.env.LONG === 'true'

  // GraphiQL writes its tabs half a second after a change, and the text of the editors apart from them. The moments of these
  // reloads lie before, between and after those writes.
  // Mutation check: storage as it is without `readers`, and no onTabChange: 6 of 8 reloads found other tabs.
  test('a closed tab stays closed, at whatever moment the page is reloaded', async () => {
    const playground = await openPlayground()
    for (let ms = 0; ms <= 700; ms += long ? 100 : 175) {
      await playground.closeTab('SignIn')
      await playground.page.waitForTimeout(ms)
      await playground.reload()
      expect.soft([ms, await playground.tabNames()]).toEqual([ms, tabs.slice(1)])
      await playground.startOver()
    }
  })

  // Mutation check: forget the tabs in the old page, when Start over is pressed, and let GraphiQL write them: an <untitled> tab.
  test('Start over brings every tab back and signs out, whatever the old page writes while it waits for the new one', async () => {
    const playground = await openPlayground()
    const { page } = playground
    await playground.context.route(`${app.url}/`, async (route) => {
      await page.waitForTimeout(800)
      await route.continue()
    })
    for (let ms = 0; ms <= 200; ms += long ? 50 : 100) {
      await playground.run('SignIn')
      await playground.closeTab('SignIn')
      await page.waitForTimeout(ms)
      await playground.startOver()
      expect.soft([ms, await playground.tabNames()]).toEqual([ms, tabs])
      await playground.session().getByText('Not signed in', { exact: true }).waitFor()
    }
  })
})
